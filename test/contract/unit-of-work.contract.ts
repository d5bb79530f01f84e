import { expect } from 'chai';
import type { Transaction, UnitOfWork } from '../../src/application/unit-of-work.ts';
import type { IdempotencyKey } from '../../src/domain/idempotency/idempotency-key.ts';
import type { KeptAnswers } from '../../src/domain/idempotency/kept-answers.ts';
import type { ExternalService, HealthStatus } from '../../src/domain/external-service/external-service.ts';
import { isLeft, left, right } from '../../src/domain/shared/fp.ts';
import type { IntegrationEvent } from '../../src/domain/shared/integration-event.ts';
import type { TenantId } from '../../src/domain/shared/tenant-context.ts';
import { aBareWebhook } from '../support/a-webhook.ts';
import {
  aBareService,
  aContext,
  anExternalService,
  anId,
  aServiceToken,
  NOON,
  OTHER_TENANT,
  TENANT,
} from '../support/an-external-service.ts';

/** `eventIds`: the ids of the events committed so far, in order. */
export type UnitOfWorkRig = {
  readonly unitOfWork: UnitOfWork;
  readonly eventIds: () => Promise<readonly unknown[]>;
  /** The committed answers. */
  readonly answers: KeptAnswers;
};

const anEvent = (n: number): IntegrationEvent => ({
  id: anId(n),
  type: 'integration.service.registered',
  tenantId: TENANT,
  subject: anId(1),
  time: NOON,
  correlationId: 'req-1',
  data: { service_id: anId(1), service_name: 'google_maps', service_type: 'geocoding', priority: 100 },
});

const aWrite = (key: string, body = 'a') => ({ key: key as IdempotencyKey, fingerprint: body.repeat(64) });
const anAnswer = { status: 201, headers: ['ETag', '"1"'], body: '{"token":"ist_“😀”"}' };

/** The rules for every `UnitOfWork`, including the one used in tests of commands. */
export const describeUnitOfWork = (name: string, make: () => UnitOfWorkRig): void => {
  describe(`${name} as a UnitOfWork`, () => {
    let rig: UnitOfWorkRig;
    beforeEach(() => void (rig = make()));
    const inUnit = async <A>(
      work: (tx: Transaction) => Promise<A>,
      tenant: TenantId = TENANT,
    ): Promise<A> => {
      const outcome = await rig.unitOfWork.run<never, A>(aContext(tenant), async (tx) =>
        right(await work(tx)),
      );
      if (isLeft(outcome)) throw new Error('not reached');
      return outcome.right;
    };
    const stored = (): Promise<readonly ExternalService[]> => inUnit((tx) => tx.services.all());
    const add = (...services: readonly ExternalService[]) =>
      inUnit(async (tx) => {
        for (const service of services) expect(await tx.services.add(service)).to.equal('added');
      });
    const doAll = async (tx: Transaction): Promise<void> => {
      await tx.services.add(anExternalService());
      await tx.tokens.add(aServiceToken());
      tx.events.add(anEvent(11));
    };

    it('commits rows and events on right', async () => {
      await inUnit(async (tx) => {
        await doAll(tx);
        tx.events.add(anEvent(12));
      });
      expect(await stored()).to.deep.equal([anExternalService()]);
      expect(await rig.eventIds()).to.deep.equal([anId(11), anId(12)]);
      expect(await inUnit((tx) => tx.tokens.revoke(aServiceToken().id, NOON))).to.equal(true);
    });

    it('leaves nothing behind on left, and returns the left', async () => {
      const outcome = await rig.unitOfWork.run(aContext(), async (tx) => {
        await doAll(tx);
        return left('changed my mind');
      });
      expect(outcome).to.deep.equal(left('changed my mind'));
      expect(await stored()).to.deep.equal([]);
      expect(await rig.eventIds()).to.deep.equal([]);
      expect(await inUnit((tx) => tx.tokens.revoke(aServiceToken().id, NOON))).to.equal(false);
    });

    it('leaves nothing behind on a throw, and rethrows the error', async () => {
      const bug = new TypeError('a bug');
      const work = rig.unitOfWork.run(aContext(), async (tx) => {
        await doAll(tx);
        throw bug;
      });
      expect(await work.catch((error: unknown) => error)).to.equal(bug);
      expect(await stored()).to.deep.equal([]);
      expect(await rig.eventIds()).to.deep.equal([]);
    });

    it('neither shows nor changes anything of another tenant', async () => {
      await add(anExternalService());
      await inUnit((tx) => tx.tokens.add(aServiceToken()));
      const outcomes = await inUnit(
        async ({ services, tokens }) => [
          await services.byId(anId(1)),
          await services.all(),
          await services.update(anExternalService({ version: 2 }), 1),
          await services.remove(anId(1), 1),
          await services.changeHealth(anId(1), 'degraded', 'healthy', NOON),
          await tokens.revoke(aServiceToken().id, NOON),
        ],
        OTHER_TENANT,
      );
      expect(outcomes).to.deep.equal([undefined, [], 'version-changed', 'version-changed', false, false]);
      expect(await stored()).to.deep.equal([anExternalService()]);
      const foreign = inUnit((tx) => tx.services.add(aBareService()), OTHER_TENANT);
      expect(String(await foreign.catch((error: unknown) => error))).to.match(/row-level security/);
    });

    it('accepts a name once for each tenant, and continues after the refusal', async () => {
      await add(anExternalService());
      const outcomes = await inUnit(async ({ services }) => [
        await services.add(anExternalService({ id: anId(3) })),
        await services.add(aBareService()),
        await services.update(aBareService({ serviceName: 'google-main', version: 2 }), 1),
      ]);
      expect(outcomes).to.deep.equal(['name-taken', 'added', 'name-taken']);
      expect((await stored()).map(({ id }) => id)).to.deep.equal([anId(1), anId(2)]);
      const twin = anExternalService({ id: anId(9), tenantId: OTHER_TENANT });
      expect(await inUnit((tx) => tx.services.add(twin), OTHER_TENANT)).to.equal('added');
    });

    it('writes everything but the health and creation time, at the expected version only', async () => {
      await add(anExternalService());
      const next = anExternalService({
        displayName: 'renamed',
        version: 2,
        healthStatus: 'healthy',
        createdAt: 0,
      });
      const outcomes = await inUnit(async ({ services }) => [
        await services.update({ ...next, version: 8 }, 7),
        await services.update(next, 1),
        await services.update({ ...next, version: 3 }, 1),
        await services.update(aBareService({ version: 2 }), 1),
      ]);
      expect(outcomes).to.deep.equal(['version-changed', 'updated', 'version-changed', 'version-changed']);
      const { healthStatus, createdAt } = anExternalService();
      expect(await stored()).to.deep.equal([{ ...next, healthStatus, createdAt }]);
    });

    it('does not remove a service that was changed, is gone, or is the fallback of another', async () => {
      await add(anExternalService(), aBareService({ fallbackServiceId: anId(1) }));
      const outcomes = await inUnit(async ({ services }) => [
        await services.remove(anId(1), 2),
        await services.remove(anId(1), 1),
        await services.remove(anId(2), 1),
        await services.remove(anId(1), 1),
        await services.remove(anId(1), 1),
      ]);
      expect(outcomes).to.deep.equal([
        'version-changed',
        'referenced',
        'removed',
        'removed',
        'version-changed',
      ]);
    });

    it('changes the health only from the expected state, and nothing else', async () => {
      await add(anExternalService());
      const outcomes = await inUnit(async ({ services }) => [
        await services.changeHealth(anId(1), 'healthy', 'unhealthy', NOON),
        await services.changeHealth(anId(1), 'degraded', 'unhealthy', NOON + 1),
        await services.changeHealth(anId(1), 'unhealthy', 'unhealthy', NOON + 2),
      ]);
      expect(outcomes).to.deep.equal([false, true, true]);
      expect(await stored()).to.deep.equal([
        anExternalService({ healthStatus: 'unhealthy', lastHealthCheck: NOON + 2 }),
      ]);
    });

    it('keeps the version at which a service was refused until it is healthy', async () => {
      await add(anExternalService());
      const change = (from: HealthStatus, to: HealthStatus, refusedVersion?: number) =>
        inUnit((tx) => tx.services.changeHealth(anId(1), from, to, NOON, refusedVersion));
      const refusedVersion = async () => (await stored())[0]?.refusedVersion;
      await change('degraded', 'degraded', 1);
      await change('degraded', 'unhealthy');
      await inUnit((tx) => tx.services.update(anExternalService({ version: 2 }), 1));
      expect(await refusedVersion()).to.equal(1);
      await change('unhealthy', 'unhealthy', 2);
      expect(await refusedVersion()).to.equal(2);
      await change('unhealthy', 'healthy', 2);
      expect(await refusedVersion()).to.equal(undefined);
    });

    it('counts the services, the usable tokens and the webhooks of its own tenant', async () => {
      await inUnit(async ({ tokens, webhooks }) => {
        const [usable, over, revoked] = [31, 32, 33].map((n) => ({
          id: anId(n),
          hash: String(n).repeat(32),
        }));
        await tokens.add(aServiceToken({ ...usable, expiresAt: NOON + 1 }));
        await tokens.add(aServiceToken({ ...over, expiresAt: NOON }));
        await tokens.add(aServiceToken({ ...revoked, expiresAt: undefined, revokedAt: NOON - 1 }));
        await webhooks.add(aBareWebhook({ status: 'archived' }));
      });
      await add(anExternalService());
      const counts = (tenant: TenantId) =>
        inUnit(
          async ({ services, tokens, webhooks }) => [
            await services.count(),
            await tokens.countUsable(NOON),
            await webhooks.count(),
          ],
          tenant,
        );
      expect(await counts(TENANT)).to.deep.equal([1, 1, 1]);
      expect(await counts(OTHER_TENANT)).to.deep.equal([0, 0, 0]);
    });

    const addressOf = (n: number) => ({ hash: String(n).repeat(32), hint: 'Eight123', previous: undefined });
    const oneOfEach: Record<string, (tx: Transaction, n: number) => Promise<readonly [number, unknown]>> = {
      services: async ({ services }, n) => [
        await services.count(),
        await services.add(anExternalService({ id: anId(n), serviceName: `service_${n}` })),
      ],
      'service tokens': async ({ tokens }, n) => [
        await tokens.countUsable(NOON),
        await tokens.add(aServiceToken({ id: anId(n), hash: String(n).repeat(32), expiresAt: NOON + 1 })),
      ],
      webhooks: async ({ webhooks }, n) => [
        await webhooks.count(),
        await webhooks.add(aBareWebhook({ id: anId(n), name: `webhook_${n}`, address: addressOf(n) })),
      ],
    };
    for (const [what, countAndAdd] of Object.entries(oneOfEach))
      it(`lets additions of ${what} that count first see each other, however many run at once`, async () => {
        const additions = [41, 42, 43, 44].map((n) => inUnit(async (tx) => (await countAndAdd(tx, n))[0]));
        expect(await Promise.all(additions)).to.have.members([0, 1, 2, 3]);
      });

    const write = (request: ReturnType<typeof aWrite>, tenant = TENANT) =>
      inUnit(async (tx) => {
        const claim = await tx.keys.claim(request);
        if (claim.kind !== 'claimed') return claim;
        await tx.services.add(anExternalService({ tenantId: tenant }));
        await tx.keys.finish(request, anAnswer);
        return claim;
      }, tenant);

    it('keeps an answer with what was done under its key, and gives it to a repeat', async () => {
      expect(await rig.answers.find(TENANT, aWrite('k-1'))).to.deep.equal({ kind: 'unknown' });
      expect(await write(aWrite('k-1'))).to.deep.equal({ kind: 'claimed' });
      const finished = { kind: 'finished', answer: anAnswer };
      expect(await write(aWrite('k-1'))).to.deep.equal(finished);
      expect(await rig.answers.find(TENANT, aWrite('k-1'))).to.deep.equal(finished);
      expect(await stored()).to.have.lengthOf(1);
    });

    it('does not give an answer to a different request', async () => {
      await write(aWrite('k-2'));
      expect(await write(aWrite('k-2', 'b'))).to.deep.equal({ kind: 'mismatch' });
      expect(await rig.answers.find(TENANT, aWrite('k-2', 'b'))).to.deep.equal({ kind: 'mismatch' });
      expect(await rig.answers.find(OTHER_TENANT, aWrite('k-2'))).to.deep.equal({ kind: 'unknown' });
    });

    it('forgets a key when its work is rolled back', async () => {
      const undone = (how: () => ReturnType<typeof left<string>>) =>
        rig.unitOfWork.run(aContext(), async (tx) => {
          expect(await tx.keys.claim(aWrite('k-3'))).to.deep.equal({ kind: 'claimed' });
          await tx.keys.finish(aWrite('k-3'), anAnswer);
          return how();
        });
      await undone(() => left('changed my mind'));
      const thrown = undone(() => {
        throw new TypeError('a bug');
      });
      expect(await thrown.catch((error: unknown) => error)).to.be.instanceOf(TypeError);
      expect(await rig.answers.find(TENANT, aWrite('k-3'))).to.deep.equal({ kind: 'unknown' });
      expect(await write(aWrite('k-3', 'b'))).to.deep.equal({ kind: 'claimed' });
    });

    it('gives the key to one of many concurrent requests, and does not block the others', async () => {
      const claims = await Promise.all(Array.from({ length: 12 }, () => write(aWrite('k-4'))));
      const kinds = claims.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'claimed')).to.have.lengthOf(1);
      expect(kinds.filter((kind) => kind === 'finished' || kind === 'running')).to.have.lengthOf(11);
      expect(await stored()).to.have.lengthOf(1);
      expect(await write(aWrite('k-4'))).to.deep.equal({ kind: 'finished', answer: anAnswer });
    });

    it('revokes a token once', async () => {
      await inUnit((tx) => tx.tokens.add(aServiceToken()));
      const revoke = () => inUnit((tx) => tx.tokens.revoke(aServiceToken().id, NOON));
      expect([await revoke(), await revoke()]).to.deep.equal([true, false]);
      expect(await inUnit((tx) => tx.tokens.revoke('no-uuid', NOON))).to.equal(false);
    });
  });
};
