import { expect } from 'chai';
import type { Transaction, UnitOfWork } from '../../src/application/unit-of-work.ts';
import { isLeft, right } from '../../src/domain/shared/fp.ts';
import type { TenantId } from '../../src/domain/shared/tenant-context.ts';
import type { WebhookConfigRepository } from '../../src/domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../src/domain/webhook/webhook-config.ts';
import { A_WEBHOOK_SECRET, aBareWebhook, aWebhook } from '../support/a-webhook.ts';
import {
  aContext,
  anExternalService,
  anId,
  NOON,
  OTHER_TENANT,
  TENANT,
} from '../support/an-external-service.ts';

/** JSON keeps no undefined fields. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const at = (hash: string): WebhookConfig['address'] => ({
  hash: hash.repeat(64),
  hint: 'x',
  previous: undefined,
});

/** The rules for every `WebhookConfigRepository`, in the unit of work that provides it. */
export const webhookConfigRepositoryContract = (name: string, make: () => UnitOfWork): void => {
  describe(`${name} as a WebhookConfigRepository`, () => {
    let unitOfWork: UnitOfWork;
    beforeEach(() => void (unitOfWork = make()));
    const inUnit = async <A>(work: (tx: Transaction) => Promise<A>, tenant = TENANT): Promise<A> => {
      const outcome = await unitOfWork.run<never, A>(aContext(tenant), async (tx) => right(await work(tx)));
      if (isLeft(outcome)) throw new Error('not reached');
      return outcome.right;
    };
    const on = <A>(work: (webhooks: WebhookConfigRepository) => Promise<A>, tenant?: TenantId): Promise<A> =>
      inUnit(({ webhooks }) => work(webhooks), tenant);
    const add = async (config: WebhookConfig): Promise<void> => {
      expect(await on((webhooks) => webhooks.add(config), config.tenantId)).to.equal('added');
    };
    const stored = (id = anId(900)) => on((webhooks) => webhooks.byId(id));

    it('returns what was added, with every field and with as few as possible', async () => {
      for (const config of [aWebhook(), aBareWebhook()]) {
        await add(config);
        expect(plain(await stored(config.id))).to.deep.equal(plain(config));
      }
    });

    it('finds, changes and removes nothing of another tenant', async () => {
      await add(aWebhook());
      const outcomes = await on(
        async (webhooks) => [
          await webhooks.byId(anId(900)),
          await webhooks.count(),
          await webhooks.update(aWebhook({ version: 2, tenantId: OTHER_TENANT }), 1),
          await webhooks.remove(anId(900), 1),
        ],
        OTHER_TENANT,
      );
      expect(outcomes).to.deep.equal([undefined, 0, 'version-changed', 'version-changed']);
      expect(plain(await stored())).to.deep.equal(plain(aWebhook()));
      const foreign = on((webhooks) => webhooks.add(aBareWebhook()), OTHER_TENANT);
      expect(String(await foreign.catch((error: unknown) => error))).to.match(/row-level security/);
    });

    it('finds nothing by a text that is not an id', async () => {
      await add(aWebhook());
      expect(await stored('no-uuid')).to.equal(undefined);
    });

    it('accepts a name once until its webhook is archived, and continues after the refusal', async () => {
      await add(aBareWebhook());
      const twin = aBareWebhook({ id: anId(911), address: at('f') });
      const outcomes = await on(async (webhooks) => [
        await webhooks.add(twin),
        await webhooks.update(aBareWebhook({ status: 'archived', version: 2 }), 1),
        await webhooks.add(twin),
        await webhooks.update(aBareWebhook({ status: 'active', version: 3 }), 2),
        await webhooks.count(),
      ]);
      expect(outcomes).to.deep.equal(['name-taken', 'updated', 'added', 'name-taken', 2]);
    });

    it('accepts a service of the tenant or none, and continues after the refusal', async () => {
      const outcomes = await inUnit(async ({ services, webhooks }) => [
        await services.add(anExternalService()),
        await webhooks.add(aWebhook({ sourceServiceId: anId(77) })),
        await webhooks.add(aWebhook({ sourceServiceId: anId(1) })),
        await webhooks.update(aWebhook({ sourceServiceId: anId(77), version: 2 }), 1),
        await webhooks.update(aWebhook({ sourceServiceId: undefined, version: 2 }), 1),
      ]);
      expect(outcomes).to.deep.equal(['added', 'source-unknown', 'added', 'source-unknown', 'updated']);
      expect((await stored())?.sourceServiceId).to.equal(undefined);
    });

    it('changes and removes at the expected version only', async () => {
      await add(aWebhook());
      const outcomes = await on(async (webhooks) => [
        await webhooks.update(aWebhook({ version: 9 }), 8),
        await webhooks.update(aWebhook({ version: 2, name: 'new' }), 1),
        await webhooks.remove(anId(900), 1),
        await webhooks.remove(anId(900), 2),
        await webhooks.remove(anId(900), 2),
      ]);
      expect(outcomes).to.deep.equal([
        'version-changed',
        'updated',
        'version-changed',
        'removed',
        'version-changed',
      ]);
      expect(await stored()).to.equal(undefined);
    });

    it('writes neither the counters of deliveries nor the creation time', async () => {
      await add(aWebhook());
      const totals = { ...aWebhook().totals, received: 9, successful: 9, lastReceivedAt: NOON };
      const { address } = aWebhook();
      const previous = { ...address.previous!, validUntil: NOON + 5 };
      const used = { ...address, previous: { ...previous, uses: 9, lastUsedAt: NOON } };
      const next = aWebhook({ version: 2, name: 'renamed', address: used, totals, createdAt: 0 });
      expect(await on((webhooks) => webhooks.update(next, 1))).to.equal('updated');
      expect(plain(await stored())).to.deep.equal(
        plain(aWebhook({ version: 2, name: 'renamed', address: { ...address, previous } })),
      );
    });

    it('rotates a secret: adds a new one, retires the last one unchanged, and removes the one before', async () => {
      await add(aWebhook());
      const fresh = {
        ...A_WEBHOOK_SECRET,
        id: anId(903),
        version: 3,
        sealed: { envelope: 'v1.k1.bm9.dGh', hint: 'last' },
      };
      const back = { ...A_WEBHOOK_SECRET, state: 'previous' as const, validUntil: NOON + 5 };
      const unseen = { ...back, sealed: { envelope: 'not written', hint: '' }, matchCount: 7 };
      const next = aWebhook({ version: 2, secrets: [fresh, unseen] });
      expect(await on((webhooks) => webhooks.update(next, 1))).to.equal('updated');
      expect(plain((await stored())?.secrets)).to.deep.equal(plain([fresh, back]));
    });
  });
};
