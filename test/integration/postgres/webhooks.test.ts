import { expect } from 'chai';
import { isRight, right } from '../../../src/domain/shared/fp.ts';
import type { Transaction } from '../../../src/application/unit-of-work.ts';
import type { WebhookConfig } from '../../../src/domain/webhook/webhook-config.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import {
  postgresWebhookConfigReader,
  type PostgresWebhookConfigReader,
} from '../../../src/infrastructure/postgres/webhooks/postgres-webhook-config-reader.ts';
import { inTenant } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { A_WEBHOOK_SECRET, aBareWebhook, aWebhook } from '../../support/a-webhook.ts';
import {
  aContext,
  anExternalService,
  anId,
  NOON,
  OTHER_TENANT,
  TENANT,
} from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { migratedDatabase } from './postgres-fixture.ts';

/** JSON keeps no undefined fields. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('webhooks in PostgreSQL', () => {
  const { database } = migratedDatabase();
  let clock: ReturnType<typeof fixedClock>;
  let reader: PostgresWebhookConfigReader;
  beforeEach(() => {
    clock = fixedClock(NOON);
    reader = postgresWebhookConfigReader({ database: database(), clock, sleep: clock.sleep });
  });

  const inUnit = async <A>(work: (tx: Transaction) => Promise<A>, tenant = TENANT): Promise<A> => {
    const unitOfWork = postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    });
    const outcome = await unitOfWork.run(aContext(tenant), async (tx) => right(await work(tx)));
    if (!isRight(outcome)) throw new Error('rolled back');
    return outcome.right;
  };
  const add = (config: WebhookConfig) => inUnit((tx) => tx.webhooks.add(config), config.tenantId);
  const count = (text: string) => database().pool.query(text, [anId(900)]);

  it('are read as they were stored, with every field and with as few as possible', async () => {
    for (const config of [aWebhook(), aBareWebhook()]) {
      expect(await add(config)).to.equal('added');
      expect(plain(await reader.byId(TENANT, config.id))).to.deep.equal(plain(config));
      expect(plain(await inUnit((tx) => tx.webhooks.byId(config.id)))).to.deep.equal(plain(config));
    }
  });

  it('are found by nobody but their tenant', async () => {
    await add(aWebhook());
    expect(await reader.byId(OTHER_TENANT, anId(900))).to.equal(undefined);
    expect(await inUnit((tx) => tx.webhooks.byId(anId(900)), OTHER_TENANT)).to.equal(undefined);
    expect(await reader.byId(TENANT, 'no-uuid')).to.equal(undefined);
    expect((await reader.list(OTHER_TENANT, {}, { limit: 10 })).items).to.deep.equal([]);
    const foreign = await inTenant(database(), OTHER_TENANT, (session) =>
      session.query('select 1 from webhook_secrets'),
    );
    expect(foreign.rowCount).to.equal(0);
  });

  it('store neither token nor secret in a readable form', async () => {
    await add(aWebhook());
    const { rows } = await database().pool.query(
      'select webhook_url, webhook_token, secret_key from webhook_configs',
    );
    expect(rows).to.deep.equal([
      { webhook_url: '/webhooks/in/whk_AbCdEf12…', webhook_token: 'c'.repeat(64), secret_key: 'r3t!' },
    ]);
  });

  it('have unique names within a tenant, until they are archived', async () => {
    await add(aBareWebhook());
    const twin = aBareWebhook({
      id: anId(911),
      address: { hash: 'f'.repeat(64), hint: 'x', previous: undefined },
    });
    expect(await add(twin)).to.equal('name-taken');
    expect(
      await inUnit((tx) => tx.webhooks.update(aBareWebhook({ status: 'archived', version: 2 }), 1)),
    ).to.equal('updated');
    expect(await add(twin)).to.equal('added');
    const back = aBareWebhook({ status: 'active', version: 3 });
    expect(await inUnit((tx) => tx.webhooks.update(back, 2))).to.equal('name-taken');
  });

  it('belong to a service of the tenant or to none, and a refusal leaves the transaction usable', async () => {
    await inUnit((tx) => tx.services.add(anExternalService()));
    const outcomes = await inUnit(async ({ webhooks }) => [
      await webhooks.add(aWebhook({ sourceServiceId: anId(77) })),
      await webhooks.add(aWebhook({ sourceServiceId: anId(1) })),
      await webhooks.update(aWebhook({ sourceServiceId: anId(77), version: 2 }), 1),
      await webhooks.update(aWebhook({ sourceServiceId: undefined, version: 2 }), 1),
    ]);
    expect(outcomes).to.deep.equal(['source-unknown', 'added', 'source-unknown', 'updated']);
    expect((await reader.byId(TENANT, anId(900)))?.sourceServiceId).to.equal(undefined);
  });

  it('leave no secret behind when they are removed', async () => {
    await add(aWebhook());
    expect(await inUnit((tx) => tx.webhooks.remove(anId(900), 1))).to.equal('removed');
    const left = await database().pool.query('select 1 from webhook_secrets');
    expect(left.rowCount).to.equal(0);
  });

  it('rotate their secret: a new one is added, the last one retired, the one before removed', async () => {
    await add(aWebhook());
    await count(
      "update webhook_secrets set match_count = 7, last_matched_at = now() where webhook_id = $1 and state = 'current'",
    );
    const next = aWebhook({
      version: 2,
      secrets: [
        {
          ...A_WEBHOOK_SECRET,
          id: anId(903),
          version: 3,
          sealed: { envelope: 'v1.k1.bm9uY2U.dGhpcmQ', hint: 'last' },
        },
        {
          ...A_WEBHOOK_SECRET,
          state: 'previous',
          validUntil: NOON + 5,
          sealed: { envelope: 'not written', hint: '' },
        },
      ],
    });
    expect(await inUnit((tx) => tx.webhooks.update(next, 1))).to.equal('updated');
    const secrets = (await reader.byId(TENANT, anId(900)))?.secrets ?? [];
    expect(
      secrets.map(({ version, state, validUntil, sealed, matchCount }) => [
        version,
        state,
        validUntil,
        sealed.hint,
        matchCount,
      ]),
    ).to.deep.equal([
      [3, 'current', undefined, 'last', 0],
      [2, 'previous', NOON + 5, 'r3t!', 7],
    ]);
  });

  it('keep the counters of deliveries while they are changed', async () => {
    await add(aWebhook());
    await count(
      'update webhook_configs set total_received = 3, total_successful = 2, total_failed = 1, previous_token_uses = 4 where id = $1',
    );
    await inUnit((tx) => tx.webhooks.update(aWebhook({ version: 2, name: 'renamed' }), 1));
    const kept = await reader.byId(TENANT, anId(900));
    expect(kept?.totals).to.include({ received: 3, successful: 2, failed: 1 });
    expect(kept?.address.previous?.uses).to.equal(4);
    const rotated = {
      hash: 'a'.repeat(64),
      hint: 'x',
      previous: {
        hash: 'c'.repeat(64),
        hint: 'AbCdEf12',
        validUntil: NOON + 9,
        uses: 0,
        lastUsedAt: undefined,
      },
    };
    await inUnit((tx) => tx.webhooks.update(aWebhook({ version: 3, address: rotated }), 2));
    expect((await reader.byId(TENANT, anId(900)))?.address.previous?.uses).to.equal(0);
  });

  it('are listed newest first, page by page, archived ones only when asked for', async () => {
    const hooks = [1, 2, 3, 4].map((n) =>
      aBareWebhook({
        id: anId(920 + n),
        name: `hook ${n}`,
        createdAt: NOON + n,
        status: n === 4 ? 'archived' : 'active',
        sourceService: n === 1 ? 'stripe' : 'github',
        address: { hash: String(n).repeat(64), hint: 'x', previous: undefined },
      }),
    );
    for (const hook of hooks) await add(hook);
    const names = async (filter: Parameters<typeof reader.list>[1]) =>
      (await reader.list(TENANT, filter, { limit: 10 })).items.map(({ name }) => name);
    expect(await names({})).to.deep.equal(['hook 3', 'hook 2', 'hook 1']);
    expect(await names({ status: 'archived' })).to.deep.equal(['hook 4']);
    expect(await names({ sourceService: 'stripe' })).to.deep.equal(['hook 1']);
    const first = await reader.list(TENANT, {}, { limit: 2 });
    expect(first.items).to.have.length(2);
    expect(first.nextCursor).to.be.a('string');
  });

  describe('looked up by a token', () => {
    it('are found by the current token, and by the previous one until it expires', async () => {
      await add(aWebhook());
      expect(await reader.byTokenHash('c'.repeat(64))).to.deep.include({ address: 'current' });
      expect(await reader.byTokenHash('d'.repeat(64))).to.deep.include({ address: 'previous' });
      expect(await reader.byTokenHash('0'.repeat(64))).to.equal(undefined);
      clock.advance(3_600_000);
      expect(await reader.byTokenHash('d'.repeat(64))).to.equal(undefined);
      expect((await reader.byTokenHash('c'.repeat(64)))?.address).to.equal('current');
    });

    it('are cached for ten seconds, and unknown tokens for five', async () => {
      await add(aWebhook());
      const [known, unknown] = ['c'.repeat(64), 'e'.repeat(64)];
      await reader.byTokenHash(known);
      await reader.byTokenHash(unknown);
      await add(aBareWebhook());
      await database().pool.query("update webhook_configs set status = 'paused', is_active = false");
      clock.advance(4_999);
      expect(await reader.byTokenHash(unknown)).to.equal(undefined);
      clock.advance(1);
      expect((await reader.byTokenHash(unknown))?.config.name).to.equal('bare');
      expect((await reader.byTokenHash(known))?.config.status).to.equal('active');
      clock.advance(5_000);
      expect((await reader.byTokenHash(known))?.config.status).to.equal('paused');
    });

    it('are read again after a change in this process, and on request', async () => {
      await add(aWebhook());
      const known = 'c'.repeat(64);
      await reader.byTokenHash(known);
      await database().pool.query('update webhook_configs set max_body_bytes = 5');
      expect((await reader.byTokenHash(known))?.config.maxBodyBytes).to.equal(4_096);
      expect((await reader.byTokenHashNow(known))?.config.maxBodyBytes).to.equal(5);
      expect((await reader.byTokenHash(known))?.config.maxBodyBytes).to.equal(5);
      await database().pool.query('update webhook_configs set max_body_bytes = 6');
      reader.forgetAll();
      expect((await reader.byTokenHash(known))?.config.maxBodyBytes).to.equal(6);
    });
  });
});
