import type { Pool, PoolConfig } from 'pg';
import { postgresAddress } from './connection/connection-options.ts';
import type { DatabaseWatch } from './connection/database-watch.ts';
import { refuseOtherHabits } from './connection/fit-for-schema.ts';
import { migrateToLatest, migrationState, type MigrationLog } from './connection/migrations.ts';
import { openPool } from './connection/open-pool.ts';
import type { Orm } from './orm/orm.ts';

export type Database = {
  /** For plain queries through `tenant-session.ts`. A query sent directly runs as the owner, without a tenant. */
  readonly pool: Pool;
  /** MikroORM on the same pool, loaded on first use: reads need no ORM, and a start does not wait for it. */
  readonly orm: () => Promise<Orm>;
  /** Waits for connections in use, then closes. May be called more than once. */
  readonly close: () => Promise<void>;
};

type Options = {
  readonly url: string;
  /**
   * Checks that connections have the expected settings, and runs pending migrations. Two queries when there is nothing
   * to do.
   */
  readonly migrate: boolean;
  readonly poolSize: number;
  /** Ends all waits in this pool when the database is lost. */
  readonly watch?: DatabaseWatch;
  readonly logger?: Partial<MigrationLog>;
};

/** Milliseconds until a caller is told that there is no connection; waiting for a free one in the pool counts. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than the server's `statement_timeout`: only a server that has fallen silent reaches it. */
const SILENCE_TIMEOUT_MS = 20_000;
const IDLE_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
/**
 * Connections are replaced at this age, even busy ones: after a fail-over they would still lead to a server that is
 * read-only by now, although the host name leads to the new primary.
 */
const LONGEST_LIFE_SECONDS = 60;

/** Opens the pool and checks that the database answers. Rejects when it does not, with nothing left open. */
export const openDatabase = async ({ url, migrate, poolSize, watch, logger }: Options): Promise<Database> => {
  const warn = logger?.warn ?? (() => undefined);
  const info = logger?.info ?? (() => undefined);
  const config = poolConfig(url);
  const watched = watch === undefined ? {} : { stream: watch.sockets.stream };
  const pool = openPool({ ...config, ...watched, max: poolSize }, warn);
  watch?.watch(pool);
  try {
    if (!migrate) await pool.query('select');
    else await upToDate(pool, config, { warn, info });
  } catch (error) {
    await pool.end();
    throw error;
  }
  return openedDatabase(pool, config.database, warn);
};

/**
 * A schema newer than this release is logged, not refused: in a rolling update an older replica may restart beside
 * newer ones, and a release that refused to could not be rolled back to.
 */
const upToDate = async (pool: Pool, config: PoolConfig, log: MigrationLog): Promise<void> => {
  await refuseOtherHabits(pool);
  const { pending, unknown } = await migrationState(pool);
  if (unknown.length > 0)
    log.warn(
      `the database is newer than this program, which does not know its migrations ${unknown.join(', ')}`,
    );
  if (pending.length > 0) await migrateToLatest(config, log);
};

const openedDatabase = (pool: Pool, database: string, warn: (message: string) => void): Database => {
  let orm: Promise<Orm> | undefined;
  let closed: Promise<void> | undefined;
  const loadOrm = async (): Promise<Orm> =>
    (await import('./orm/orm.ts')).createOrm({ pool, database, warn });
  return {
    pool,
    orm: () => (orm ??= loadOrm()),
    close: () => (closed ??= pool.end()),
  };
};

/**
 * Uses no session state and no connection parameters, so that PgBouncer can be put in between. With pipelining,
 * independent queries share a round trip, and a query that gets no answer costs its connection.
 */
export const poolConfig = (url: string) =>
  ({
    ...postgresAddress(url),
    application_name: 'integration-service',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: SILENCE_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    maxLifetimeSeconds: LONGEST_LIFE_SECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    pipeline: true,
  }) satisfies PoolConfig;
