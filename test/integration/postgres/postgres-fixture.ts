import { openDatabase, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres-server.ts';

export type PostgresFixture = { readonly database: () => Database; readonly url: () => string };

const TABLES = 'external_services, service_tokens, outbox_messages, webhook_configs';

/** A migrated database of its own for the `describe` that calls this, emptied before each test. */
export const migratedDatabase = (poolSize = 5): PostgresFixture => {
  let fresh: FreshDatabase;
  let database: Database;
  before(async () => {
    fresh = await freshDatabase();
    database = await openDatabase({ url: fresh.url, migrate: true, poolSize });
  });
  beforeEach(() => database.pool.query(`truncate ${TABLES} cascade`));
  after(async () => {
    await database.close();
    await fresh.drop();
  });
  return { database: () => database, url: () => fresh.url };
};
