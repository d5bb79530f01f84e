import type { Constructor } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import { readdirSync } from 'node:fs';
import { DatabaseError, type Pool, type PoolConfig } from 'pg';
import { errorCode } from '../../system/error-code.ts';
import { systemSleep } from '../../system/system-clock.ts';
import { refuseUnfit } from './fit-for-schema.ts';
import { openPool } from './open-pool.ts';
import { DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE } from './sql-state.ts';
import { SILENT_MS, tryLock, whileLocked } from './try-lock.ts';

type Queryable = Pick<Pool, 'query'>;

/** Found from this file, so it does not matter where the process was started. */
const FOLDER = new URL('../../../../migrations/', import.meta.url);
const MIGRATION_FILE = /^(\d{14}-.+)\.[jt]s$/;
const UNDEFINED_TABLE = '42P01';
/** Any number that no other program takes on the same database; these are the letters "intgr". */
const LOCK = 0x69_6e_74_67_72;
/** Milliseconds until a replica that waits for another's migration looks again. */
const LOOK_AGAIN_MS = 50;
/**
 * How long a migration waits for a table that somebody else is at. All others wait behind it, those who serve meanwhile
 * as well. Autovacuum gives way after a second.
 */
const LOCK_PATIENCE = '2s';
/** Who locks tables in another order may have one that it wants, and want one that it has: whoever lets go first. */
const IN_USE = new Set([LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED]);
/** Milliseconds until it tries again, which are theirs. */
const WHEN_IN_USE_MS = 4_000;

/** By name, in the order of the names. */
export type MigrationState = {
  /** This build knows them and the database has not run them. */
  readonly pending: readonly string[];
  /** The database has run them and this build does not know them: a newer one was here. */
  readonly unknown: readonly string[];
};

/** One cheap query. */
export const migrationState = async (database: Queryable): Promise<MigrationState> => {
  const executed = await executedMigrations(database);
  const known = migrationFiles();
  return {
    pending: [...known.keys()].filter((name) => !executed.has(name)),
    unknown: [...executed].filter((name) => !known.has(name)).toSorted(),
  };
};

const pendingMigrations = async (database: Queryable) => (await migrationState(database)).pending;

/**
 * Brings the database up to date, on connections of its own without time limits. Several replicas may start
 * at once: one migrates and the others wait, without holding a connection: behind PgBouncer the waiting ones
 * could otherwise take up the places that the migrating one needs.
 */
export const migrateToLatest = async (config: PoolConfig, warn: (message: string) => void): Promise<void> => {
  const pool = openPool({ ...config, max: 4, query_timeout: undefined }, warn);
  try {
    if ((await executedMigrations(pool)).size === 0) await refuseUnfit(pool);
    while ((await pendingMigrations(pool)).length > 0)
      if (!(await whenLocked(pool, () => runWhenFree(pool, warn)))) await systemSleep(LOOK_AGAIN_MS);
  } finally {
    await pool.end();
  }
};

/** Runs `work` while this process alone holds the lock; false when another one holds it. */
const whenLocked = async (pool: Pool, work: () => Promise<void>): Promise<boolean> => {
  const guard = await pool.connect();
  try {
    const held = await tryLock(guard, LOCK, SILENT_MS);
    // Asked again, on another connection: the last holder may just have finished.
    if (held && (await pendingMigrations(pool)).length > 0) await whileLocked(guard, SILENT_MS, work);
    await guard.query('commit');
    return held;
  } finally {
    guard.release(true);
  }
};

/**
 * The only place that loads MikroORM's migrator and the migrations: a start with nothing to do does not pay for them.
 */
export const loadMigrator = () =>
  Promise.all([import('@mikro-orm/migrations'), import('../orm/orm.ts'), loadMigrations()]);

/** Not while somebody reads a table for longer, as a dump does with all of them: as often as it takes. */
const runWhenFree = async (pool: Pool, warn: (message: string) => void): Promise<void> => {
  for (let isTold = false; ; isTold = true) {
    try {
      return await runPending(pool, warn);
    } catch (error) {
      if (!IN_USE.has(errorCode(error) ?? '')) throw error;
      if (!isTold) warn('migrations wait for a table that somebody else uses for long, a dump for instance');
      await systemSleep(WHEN_IN_USE_MS);
    }
  }
};

const runPending = async (pool: Pool, warn: (message: string) => void): Promise<void> => {
  const [[{ Migrator }, { createOrm }, migrationsList], database] = await Promise.all([
    loadMigrator(),
    pool.query<{ name: string }>('select current_database() as name'),
  ]);
  const name = database.rows[0]?.name ?? '';
  const orm = createOrm({ pool, database: name, warn, migrations: { migrationsList } });
  try {
    const connection = orm.em.getConnection();
    await connection.transactional(async (transaction) => {
      // An index over a large table outlasts what a login may be given for a statement, at each start anew. A machine
      // that is cut off between two of them would keep its locks, over which all others wait.
      const limits = `select set_config('statement_timeout', '0', true), set_config('lock_timeout', '${LOCK_PATIENCE}', true),
        set_config('idle_in_transaction_session_timeout', '${SILENT_MS}', true),
        set_config('check_function_bodies', 'off', true)`;
      // Functions are looked at as the role they run as, which may not run them before it is granted where the database
      // gives nothing to everybody (`alter default privileges … revoke execute on functions from public`).
      await connection.execute(limits, [], 'run', transaction);
      await new Migrator(orm.em).up({ transaction });
    });
  } finally {
    await orm.close(true);
  }
};

const loadMigrations = () =>
  Promise.all(
    [...migrationFiles()].map(async ([name, file]) => {
      const exported: Record<string, unknown> = await import(new URL(file, FOLDER).href);
      return { name, class: Object.values(exported)[0] as Constructor<Migration> };
    }),
  );

const migrationFiles = (): ReadonlyMap<string, string> => {
  const files = readdirSync(FOLDER).toSorted();
  return new Map(
    files.flatMap((file) => {
      const name = MIGRATION_FILE.exec(file)?.[1];
      return name === undefined ? [] : [[name, file] as const];
    }),
  );
};

const executedMigrations = async (database: Queryable): Promise<ReadonlySet<string>> => {
  try {
    const { rows } = await database.query<{ name: string }>('select name from mikro_orm_migrations');
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) return new Set();
    throw error;
  }
};
