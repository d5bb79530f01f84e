import type { Transaction } from '../../../src/application/unit-of-work.ts';
import { isLeft, right } from '../../../src/domain/shared/fp.ts';
import type { TenantId } from '../../../src/domain/shared/tenant-context.ts';
import { openDatabase, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aContext, TENANT } from '../../support/an-external-service.ts';
import { migratedCopy, type FreshDatabase } from '../../support/postgres-server.ts';

export type PostgresFixture = { readonly database: () => Database; readonly url: () => string };

/**
 * Milliseconds. The service waits 5 s for a connection. A test process that is held up that long on a busy machine would
 * give up a connection that the server has accepted in time, and fail by something that it does not test.
 */
const PATIENT_CONNECT_MS = 60_000;

const TABLES = 'external_services, service_tokens, outbox_messages, webhook_configs, idempotency_keys';

/** A migrated database for the calling `describe`, emptied before each test. */
export const migratedDatabase = (poolSize = 5): PostgresFixture => {
  let fresh: FreshDatabase;
  let database: Database;
  before(async () => {
    fresh = await migratedCopy();
    database = await openDatabase({ url: fresh.url, migrate: false, poolSize });
    database.pool.options.connectionTimeoutMillis = PATIENT_CONNECT_MS;
  });
  beforeEach(() => database.pool.query(`truncate ${TABLES} cascade`));
  after(async () => {
    await database.close();
    await fresh.drop();
  });
  return { database: () => database, url: () => fresh.url };
};

/** Runs `work` in a unit of work of its own, as the application does, and returns its result. */
export const inUnitOf =
  (database: () => Database) =>
  async <A>(work: (tx: Transaction) => Promise<A>, tenant: TenantId = TENANT): Promise<A> => {
    const unitOfWork = postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    });
    const outcome = await unitOfWork.run<never, A>(aContext(tenant), async (tx) => right(await work(tx)));
    if (isLeft(outcome)) throw new Error('not reached');
    return outcome.right;
  };
