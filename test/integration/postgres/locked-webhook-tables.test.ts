import { expect } from 'chai';
import { isDependencyLost } from '../../../src/infrastructure/postgres/dependency-lost.ts';
import { postgresDeliveryReader } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-reader.ts';
import { postgresRejectionReader } from '../../../src/infrastructure/postgres/webhooks/postgres-rejection-reader.ts';
import { postgresReplayStore } from '../../../src/infrastructure/postgres/webhooks/postgres-replay-store.ts';
import { RECEIVED_AT } from '../../support/a-received-delivery.ts';
import { anId, TENANT } from '../../support/an-external-service.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const TABLES = ['webhook_deliveries', 'webhook_dedupe', 'webhook_rejections', 'webhook_rejection_counts'];
const PAGE = { limit: 1 };
const CLAIM = { keyHash: 'ab'.repeat(32), at: RECEIVED_AT, isFiltered: false };

describe("an administrator's reads of webhooks", function () {
  this.timeout(30_000);
  const { database } = migratedDatabase(8);

  const reads = (): { readonly [what: string]: () => Promise<unknown> } => {
    const deliveries = postgresDeliveryReader(database());
    const rejections = postgresRejectionReader(database());
    const replays = postgresReplayStore(database());
    const hook = { webhookId: anId(900) };
    return {
      deliveries: () => deliveries.list(TENANT, {}, PAGE),
      'a delivery': () => deliveries.byId(TENANT, anId(1)),
      'a claim': () => deliveries.claimedBy(TENANT, anId(900), CLAIM),
      rejections: () => rejections.list(TENANT, hook, PAGE),
      'rejections not listed': () => rejections.unlisted(TENANT, hook),
      'how many would be replayed': () => replays.count(TENANT, {}, RECEIVED_AT),
      replays: () => replays.list(TENANT, PAGE),
      'a replay': () => replays.byId(TENANT, anId(1)),
    };
  };

  it('are refused soon while a table is locked, as temporarily unavailable', async () => {
    const holder = await database().pool.connect();
    try {
      await holder.query(
        `begin; lock table ${[...TABLES, 'webhook_replays'].join(', ')} in access exclusive mode`,
      );
      const asked = Object.entries(reads()).map(async ([what, read]) => {
        const failure = await read().then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure, what).to.have.property('code', '55P03');
        expect(isDependencyLost(failure), what).to.equal(true);
      });
      await Promise.all(asked);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  });
});
