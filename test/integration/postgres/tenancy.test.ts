import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Transaction } from '../../../src/application/unit-of-work.ts';
import type { IdempotencyKey } from '../../../src/domain/idempotency/idempotency-key.ts';
import { right } from '../../../src/domain/shared/fp.ts';
import type { TenantId } from '../../../src/domain/shared/tenant-context.ts';
import type { Database } from '../../../src/infrastructure/postgres/database.ts';
import { postgresCacheDirectory } from '../../../src/infrastructure/postgres/cache/postgres-cache-directory.ts';
import { postgresCacheTier } from '../../../src/infrastructure/postgres/cache/postgres-cache-tier.ts';
import { PostgresCallJournal } from '../../../src/infrastructure/postgres/trail/postgres-call-journal.ts';
import { postgresCallLogReader } from '../../../src/infrastructure/postgres/trail/postgres-call-log-reader.ts';
import { postgresCommandReceipts } from '../../../src/infrastructure/postgres/idempotency/postgres-command-receipts.ts';
import { postgresDeliveryReader } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-reader.ts';
import { postgresDeliverySpool } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-spool.ts';
import { postgresExternalServiceReader } from '../../../src/infrastructure/postgres/services/postgres-external-service-reader.ts';
import { postgresIdempotencyKeys } from '../../../src/infrastructure/postgres/idempotency/postgres-idempotency-keys.ts';
import { postgresKeptAnswers } from '../../../src/infrastructure/postgres/idempotency/postgres-kept-answers.ts';
import { postgresQuotaStateStore } from '../../../src/infrastructure/postgres/services/postgres-quota-state-store.ts';
import { postgresRejectionLog } from '../../../src/infrastructure/postgres/webhooks/postgres-rejection-log.ts';
import { postgresRejectionReader } from '../../../src/infrastructure/postgres/webhooks/postgres-rejection-reader.ts';
import { postgresReplayStore } from '../../../src/infrastructure/postgres/webhooks/postgres-replay-store.ts';
import { postgresServiceTokenReader } from '../../../src/infrastructure/postgres/access/postgres-service-token-reader.ts';
import { postgresWebhookConfigReader } from '../../../src/infrastructure/postgres/webhooks/postgres-webhook-config-reader.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { aDelivery, RECEIVED_AT } from '../../support/a-received-delivery.ts';
import { aCallRecord } from '../../support/a-recorded-call.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aWebhook } from '../../support/a-webhook.ts';
import {
  anExternalService,
  anId,
  aServiceToken,
  OTHER_TENANT,
  TENANT,
} from '../../support/an-external-service.ts';
import { anEntry } from '../../support/cache-store-rig.ts';
import { carelessDatabase } from '../../support/careless-database.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { patientLedger } from './patient-ledger.ts';
import { inUnitOf, migratedDatabase } from './postgres-fixture.ts';

const FILES = 'src/infrastructure/postgres/**/*.ts';
const OPENS_SESSIONS =
  /\b(?:queryInTenant|readInTenant|readPageInTenant|inTenant|asSystem|queryAsSystem|beginInTenant|OrmTransaction)\b/;

/**
 * Files that reach rows, but not on behalf of a tenant. A new one must be added here deliberately, or be tested below.
 */
const ASKED_BY_NO_TENANT = [
  // Used before a tenant is known: the hash of a token determines its tenant.
  'postgres-service-token-finder.ts',
  // The written row itself names the tenant.
  'large-delivery.ts',
  'postgres-delivery-tally.ts',
  'postgres-limit-notices.ts',
  'postgres-rejection-log.ts',
  // Jobs of the service itself, for all tenants.
  'held-deliveries.ts',
  'spooled-deliveries.ts',
  'drop-old-partitions.ts',
  'outbox-backlog.ts',
  'outbox-batch.ts',
  'postgres-health.ts',
  'postgres-ip-range-sets.ts',
  'postgres-spreadsheet-versions.ts',
  'postgres-spreadsheet-writers.ts',
  'remove-in-turns.ts',
  'replay-step.ts',
  'rotate-keys.ts',
  'service-overview.ts',
  'unopened-secrets.ts',
  'webhook-retention.ts',
  // The sessions themselves, and what provides them.
  'orm-transaction.ts',
  'postgres-unit-of-work.ts',
  'tenant-writes.ts',
  'tenant-session.ts',
];

/** A method as called by a tenant, and its result for a tenant that owns nothing. */
type Method = { readonly ask: (tenant: TenantId) => Promise<unknown>; readonly nothing?: unknown };
type Port = {
  readonly file: string;
  readonly port: object;
  readonly methods: { readonly [name: string]: Method };
  /** Methods that concern no tenant or no rows. */
  readonly others?: readonly string[];
};

const page = { limit: 10 };
const emptyPage = { items: [], nextCursor: undefined };
const hook = { webhookId: anId(900) };
const named = { key: 'key-1' as IdempotencyKey, fingerprint: 'a'.repeat(64) };
const identity = { messageId: 'message-1', type: 'integration.command.geocode', bodyHash: 'b'.repeat(64) };
const planned = (n: number) => ({
  id: anId(n),
  requestedBy: 'admin',
  reason: undefined,
  at: RECEIVED_AT + 60_000,
});
const kind = async (answer: Promise<{ readonly kind: string }>): Promise<string> => (await answer).kind;

describe('a tenant that owns nothing', () => {
  const { database } = migratedDatabase(8);
  const clock = fixedClock(RECEIVED_AT);
  const inUnit = inUnitOf(database);
  const keysOn = (asked: Database) =>
    postgresIdempotencyKeys({ database: asked, ids: systemIds, randomMark: () => 77, leaseMs: 60_000 });
  const receiptsOn = (asked: Database) =>
    postgresCommandReceipts({ database: asked, ids: systemIds, leaseMs: 60_000 });
  const entry = anEntry(clock);
  let heldKey: string;
  let heldReceipt: string;

  /** One row of everything, all of `TENANT`. */
  beforeEach(async () => {
    await database().pool
      .query(`truncate integration_logs, webhook_deliveries, webhook_body_parts, webhook_dedupe, webhook_rejections,
      webhook_rejection_counts, webhook_replays, webhook_replay_items, command_receipts, cache_invalidations, api_rate_limits`);
    await inUnit(async (tx) => {
      await tx.services.add(anExternalService());
      await tx.tokens.add(aServiceToken());
      await tx.webhooks.add(aWebhook());
      await tx.keys.claim(named);
      await tx.keys.finish(named, { body: 'kept' });
    });
    const { pool } = database();
    const journal = new PostgresCallJournal({ pool, clock, onCommitted: () => undefined });
    await journal.append({ record: aCallRecord(), events: [] });
    await journal.close();
    const ledger = patientLedger(database());
    await ledger.accept(aDelivery(1));
    await ledger.accept(aDelivery(2, { state: 'spooled' }));
    await refuseMany();
    const tier = postgresCacheTier(database(), systemSleep);
    await tier.keep(TENANT, entry);
    await tier.purge(TENANT, { scope: { operation: 'reverse_geocode' }, purgedAt: RECEIVED_AT });
    await postgresReplayStore(database()).plan(TENANT, hook, 1, planned(700));
    await postgresQuotaStateStore(database()).save([aStoredWindow]);
    heldKey = await leaseOf(keysOn(database()).claim(TENANT, { ...named, key: 'key-2' as IdempotencyKey }));
    heldReceipt = await leaseOf(receiptsOn(database()).claim(TENANT, identity));
  });

  const leaseOf = async (
    claim: Promise<{ readonly kind: string; readonly lease?: { readonly id: string } }>,
  ): Promise<string> => (await claim).lease?.id ?? expect.fail('not claimed');

  /** More than are listed for one minute. */
  const refuseMany = async (): Promise<void> => {
    const onFailed = (error: unknown) => expect.fail(String(error));
    const log = postgresRejectionLog({ database: database(), ids: systemIds, onFailed });
    for (let n = 0; n < 65; n += 1)
      log.note({
        tenantId: TENANT,
        webhookId: anId(900),
        rejectedAt: RECEIVED_AT + n,
        reason: 'too-large',
        detail: {},
        clientAddress: undefined,
        method: 'POST',
        headers: {},
        bodySha256: undefined,
        size: undefined,
        requestId: `request-${n}`,
      });
    await log.flush();
  };
  const aStoredWindow = {
    tenantId: TENANT,
    subjectId: anId(1),
    serviceName: 'google-main',
    window: 'minute',
    limit: 60,
    used: 1,
    isRateLimited: false,
    totalCostMicros: 0,
    windowStart: RECEIVED_AT,
    windowEnd: RECEIVED_AT + 60_000,
    entries: [[RECEIVED_AT, 1]],
    leased: 0,
  } as const;

  const readersOn = (asked: Database): readonly Port[] => {
    const services = postgresExternalServiceReader({
      database: asked,
      monotonic: clock.monotonic,
      sleep: clock.sleep,
    });
    const webhooks = postgresWebhookConfigReader({ database: asked, clock, sleep: clock.sleep });
    const tokens = postgresServiceTokenReader(asked);
    const deliveries = postgresDeliveryReader(asked);
    const rejections = postgresRejectionReader(asked);
    const log = postgresCallLogReader(asked);
    const tier = postgresCacheTier(asked, systemSleep);
    const directory = postgresCacheDirectory(asked, tier, clock);
    return [
      {
        file: 'postgres-external-service-reader.ts',
        port: services,
        methods: {
          byId: { ask: (tenant) => services.byId(tenant, anId(1)) },
          byName: { ask: (tenant) => services.byName(tenant, anExternalService().serviceName) },
          list: { ask: (tenant) => services.list(tenant, {}, page), nothing: emptyPage },
          activeOf: { ask: (tenant) => services.activeOf(tenant, 'geocoding'), nothing: [] },
        },
        others: ['invalidate', 'refresh'],
      },
      {
        file: 'postgres-webhook-config-reader.ts',
        port: webhooks,
        methods: {
          byId: { ask: (tenant) => webhooks.byId(tenant, anId(900)) },
          list: { ask: (tenant) => webhooks.list(tenant, {}, page), nothing: emptyPage },
        },
        others: ['byTokenHash', 'byTokenHashNow', 'isKnown', 'forgetAll'],
      },
      {
        file: 'postgres-service-token-reader.ts',
        port: tokens,
        methods: {
          byId: { ask: (tenant) => tokens.byId(tenant, aServiceToken().id) },
          list: { ask: (tenant) => tokens.list(tenant, page), nothing: emptyPage },
        },
      },
      {
        file: 'postgres-delivery-reader.ts',
        port: deliveries,
        methods: {
          byId: { ask: (tenant) => deliveries.byId(tenant, anId(1)) },
          list: { ask: (tenant) => deliveries.list(tenant, {}, page), nothing: right(emptyPage) },
          claimedBy: {
            ask: (tenant) =>
              deliveries.claimedBy(tenant, anId(900), {
                keyHash: aDelivery(1).claim?.keyHash ?? '',
                at: RECEIVED_AT,
                isFiltered: false,
              }),
          },
          bodyOf: { ask: (tenant) => deliveries.bodyOf(tenant, anId(1)) },
        },
      },
      {
        file: 'postgres-rejection-reader.ts',
        port: rejections,
        methods: {
          list: { ask: (tenant) => rejections.list(tenant, hook, page), nothing: right(emptyPage) },
          unlisted: { ask: (tenant) => rejections.unlisted(tenant, hook), nothing: right(0) },
        },
      },
      {
        file: 'postgres-call-log-reader.ts',
        port: log,
        methods: {
          byId: { ask: (tenant) => log.byId(tenant, aCallRecord().id) },
          list: { ask: (tenant) => log.list(tenant, {}, page), nothing: right(emptyPage) },
          summary: { ask: (tenant) => log.summary(tenant, {}, 'day'), nothing: right([]) },
          costs: { ask: (tenant) => log.costs(tenant, {}, 'day'), nothing: right([]) },
        },
      },
      {
        file: 'postgres-cache-directory.ts',
        port: directory,
        methods: { list: { ask: (tenant) => directory.list(tenant, {}, page), nothing: emptyPage } },
      },
      {
        file: 'postgres-cache-tier.ts',
        port: tier,
        methods: {
          stamps: { ask: (tenant) => tier.stamps(tenant), nothing: [] },
          count: { ask: (tenant) => tier.count(tenant), nothing: 0 },
          addHits: { ask: (tenant) => tier.addHits(tenant, new Map([[entry.key, 5]])), nothing: undefined },
          remove: { ask: (tenant) => tier.remove(tenant, entry.key, Date.now()), nothing: false },
        },
        // These two call functions of the database, which take the tenant as an argument, so that no condition can be
        // forgotten.
        others: ['find', 'keep', 'purge', 'settled'],
      },
    ];
  };

  const storesOn = (asked: Database): readonly Port[] => {
    const replays = postgresReplayStore(asked);
    const answers = postgresKeptAnswers(asked, aSecretBox);
    const keys = keysOn(asked);
    const receipts = receiptsOn(asked);
    const quotas = postgresQuotaStateStore(asked);
    const spool = postgresDeliverySpool({ database: asked, clock });
    const lease = (tenantId: TenantId) => ({ tenantId, key: 'key-2' as IdempotencyKey, id: heldKey });
    const receipt = (tenantId: TenantId) => ({ tenantId, messageId: identity.messageId, id: heldReceipt });
    const done = { status: 200, contentType: undefined, body: 'done' };
    return [
      {
        file: 'postgres-replay-store.ts',
        port: replays,
        methods: {
          count: { ask: (tenant) => replays.count(tenant, {}, RECEIVED_AT + 60_000), nothing: 0 },
          list: { ask: (tenant) => replays.list(tenant, page), nothing: emptyPage },
          byId: { ask: (tenant) => replays.byId(tenant, anId(700)) },
          cancel: { ask: (tenant) => replays.cancel(tenant, anId(700), RECEIVED_AT) },
          one: { ask: (tenant) => kind(replays.one(tenant, anId(1), planned(701))), nothing: 'unknown' },
          plan: {
            ask: async (tenant) => {
              const plan = await replays.plan(tenant, hook, 1, { ...planned(702), id: systemIds.uuid() });
              return plan.kind === 'planned' ? plan.replay.total : plan.kind;
            },
            nothing: 0,
          },
        },
      },
      {
        file: 'postgres-kept-answers.ts',
        port: answers,
        methods: { find: { ask: (tenant) => kind(answers.find(tenant, named)), nothing: 'unknown' } },
      },
      {
        file: 'postgres-idempotency-keys.ts',
        port: keys,
        methods: {
          renew: { ask: (tenant) => keys.renew(lease(tenant)), nothing: false },
          sending: { ask: (tenant) => keys.sending(lease(tenant)), nothing: false },
          finish: { ask: (tenant) => keys.finish(lease(tenant), 'done'), nothing: false },
          spentMarks: {
            ask: (tenant) => keys.spentMarks(tenant, 'place', { ms: 0, takenOverMs: 0, inDoubtMs: 0 }, 10),
            nothing: [],
          },
          marksGone: { ask: (tenant) => keys.marksGone(tenant, [77]), nothing: undefined },
          release: { ask: (tenant) => keys.release(lease(tenant)), nothing: undefined },
          leaveInDoubt: { ask: (tenant) => keys.leaveInDoubt(lease(tenant)), nothing: undefined },
        },
        // A claim belongs to whoever makes it: the contract suite gives two tenants the same key.
        others: ['claim'],
      },
      {
        file: 'postgres-command-receipts.ts',
        port: receipts,
        methods: {
          renew: { ask: (tenant) => receipts.renew(receipt(tenant)), nothing: false },
          finish: { ask: (tenant) => receipts.finish(receipt(tenant), done), nothing: false },
          release: { ask: (tenant) => receipts.release(receipt(tenant)), nothing: undefined },
        },
        others: ['claim'],
      },
      {
        file: 'postgres-quota-state-store.ts',
        port: quotas,
        methods: {
          load: { ask: (tenant) => quotas.load(tenant, anId(1)), nothing: [] },
          loadAll: {
            ask: (tenantId) => quotas.loadAll([{ tenantId, subjectId: anId(1) }]),
            nothing: [],
          },
        },
        // A job for all tenants together: each window names its tenant.
        others: ['save'],
      },
      {
        file: 'postgres-delivery-spool.ts',
        port: spool,
        // Another 255.9 MiB fit when nothing waits, but not beside a waiting delivery.
        methods: {
          hasRoom: {
            ask: async (tenant) => !(await spool.hasRoom(tenant, 256 * 1024 * 1024)),
            nothing: false,
          },
        },
        others: ['isBehind'],
      },
    ];
  };

  const repositoriesIn = (tx: Transaction): readonly Port[] => {
    const { services, tokens, webhooks, keys } = tx;
    const service = (tenantId: TenantId) =>
      anExternalService({ tenantId, displayName: 'taken over', version: 2 });
    const webhook = (tenantId: TenantId) =>
      aWebhook({ tenantId, name: 'taken over', version: aWebhook().version + 1 });
    /** The owner's own update was made before. */
    const afterUpdate = (tenant: TenantId, version: number) => (tenant === TENANT ? version + 1 : version);
    return [
      {
        file: 'postgres-external-service-repository.ts',
        port: services,
        methods: {
          byId: { ask: () => services.byId(anId(1)) },
          count: { ask: () => services.count(), nothing: 0 },
          all: { ask: () => services.all(), nothing: [] },
          update: { ask: (tenant) => services.update(service(tenant), 1), nothing: 'version-changed' },
          changeHealth: {
            ask: () =>
              services.changeHealth(anId(1), anExternalService().healthStatus, 'healthy', RECEIVED_AT),
            nothing: false,
          },
          remove: {
            ask: (tenant) => services.remove(anId(1), afterUpdate(tenant, 1)),
            nothing: 'version-changed',
          },
        },
        others: ['add'],
      },
      {
        file: 'postgres-service-token-repository.ts',
        port: tokens,
        methods: {
          countUsable: { ask: () => tokens.countUsable(0), nothing: 0 },
          revoke: { ask: () => tokens.revoke(aServiceToken().id, RECEIVED_AT), nothing: false },
        },
        others: ['add'],
      },
      {
        file: 'postgres-webhook-config-repository.ts',
        port: webhooks,
        methods: {
          byId: { ask: () => webhooks.byId(anId(900)) },
          count: { ask: () => webhooks.count(), nothing: 0 },
          update: {
            ask: (tenant) => webhooks.update(webhook(tenant), aWebhook().version),
            nothing: 'version-changed',
          },
          remove: {
            ask: (tenant) => webhooks.remove(anId(900), afterUpdate(tenant, aWebhook().version)),
            nothing: 'version-changed',
          },
        },
        others: ['add'],
      },
      {
        file: 'keys-in-transaction.ts',
        port: keys,
        methods: {
          claim: {
            ask: () => kind(keys.claim(named)),
            nothing: 'claimed',
          },
        },
        others: ['finish'],
      },
    ];
  };

  /** Calls every method of every port, and pairs each result with the expected one for a stranger. */
  const asked = async (
    on: Database,
    tenant: TenantId,
  ): Promise<readonly (readonly [string, unknown, unknown])[]> => {
    const answers: (readonly [string, unknown, unknown])[] = [];
    const askAll = async (ports: readonly Port[]): Promise<void> => {
      for (const { file, methods } of ports)
        for (const [name, { ask, nothing }] of Object.entries(methods))
          answers.push([`${file} ${name}`, await ask(tenant), nothing]);
    };
    await askAll([...readersOn(on), ...storesOn(on)]);
    await inUnitOf(() => on)(async (tx) => askAll(repositoriesIn(tx)), tenant);
    return answers;
  };

  const rowsOfTenant = async (): Promise<string> => {
    const { rows: tables } = await database().pool.query<{ readonly name: string }>(
      `select table_name as name from information_schema.columns join pg_class c on c.relname = table_name
       where column_name = 'management_company_id' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const text = `select t::text as row from ${name} t where management_company_id = $1 order by 1`;
      const { rows } = await database().pool.query<{ readonly row: string }>(text, [TENANT]);
      texts.push(...rows.map(({ row }) => `${name} ${row}`));
    }
    return texts.join('\n');
  };

  it('calls every method of every file that reaches rows', async () => {
    const ports = await inUnit(async (tx) => [
      ...readersOn(database()),
      ...storesOn(database()),
      ...repositoriesIn(tx),
    ]);
    for (const { file, port, methods, others = [] } of ports)
      expect(Object.keys(port), file).to.have.members([...Object.keys(methods), ...others]);
    const reaching = globSync(FILES).filter((file) => OPENS_SESSIONS.test(readFileSync(file, 'utf8')));
    expect(reaching.map((file) => basename(file)).toSorted()).to.deep.equal(
      [...ports.map(({ file }) => file), ...ASKED_BY_NO_TENANT].toSorted(),
    );
  });

  it('finds nothing and changes nothing', async () => {
    const before = await rowsOfTenant();
    for (const [method, answer, nothing] of await asked(database(), OTHER_TENANT))
      expect(answer, method).to.deep.equal(nothing);
    expect(await rowsOfTenant()).to.equal(before);
  });

  it('finds and changes nothing even where the condition on the tenant was forgotten', async () => {
    const before = await rowsOfTenant();
    const { database: careless, leftOut } = carelessDatabase(database());
    for (const [method, answer, nothing] of await asked(careless, OTHER_TENANT))
      expect(answer, method).to.deep.equal(nothing);
    expect(leftOut()).to.be.greaterThan(40);
    expect(await rowsOfTenant()).to.equal(before);
  });

  it('gets other results than the tenant that owns everything', async () => {
    const effects = new Set(['addHits', 'marksGone', 'release', 'leaveInDoubt', 'spentMarks']);
    for (const [method, answer, nothing] of await asked(database(), TENANT))
      if (!effects.has(method.split(' ')[1] ?? '')) expect(answer, method).to.not.deep.equal(nothing);
  });
});
