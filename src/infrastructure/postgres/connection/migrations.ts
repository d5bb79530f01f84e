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

/** Relative to this file, so that it does not matter where the process was started. */
const FOLDER = new URL('../../../../migrations/', import.meta.url);
const MIGRATION_FILE = /^(\d{14}-.+)\.[jt]s$/;
const UNDEFINED_TABLE = '42P01';
/**
 * Key of the advisory lock. Any number that no other program uses on the same database; these are the letters "intgr".
 */
const LOCK = 0x69_6e_74_67_72;
/** Milliseconds after which a replica that waits for another one's migration checks again. */
const LOOK_AGAIN_MS = 50;
/** Checks before a waiting replica logs that it waits: one second. Creating the schema or adding columns is faster. */
const LOOKS_UNTOLD = 20;
/**
 * How long a migration waits for a table in use. Meanwhile all others queue up behind it, including those that serve
 * requests. Autovacuum gives way after a second.
 */
const LOCK_PATIENCE = '2s';
/**
 * Deadlock: somebody who locks tables in another order holds one that the migration wants, and wants one that it holds.
 */
const IN_USE = new Set([LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED]);
/** Milliseconds until the next attempt, which are left to the others. */
const WHEN_IN_USE_MS = 4_000;

export type MigrationLog = {
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
};

/** Names of migrations, sorted. */
export type MigrationState = {
  /** Known to this release, but not run in the database. */
  readonly pending: readonly string[];
  /** Run in the database, but unknown to this release: a newer one was here. */
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
 * Runs all pending migrations on connections of its own, without time-outs. Of several replicas that start at once, one
 * migrates and the others wait. They hold no connection meanwhile: behind PgBouncer they could otherwise occupy the
 * ones that the migrating replica needs.
 */
export const migrateToLatest = async (config: PoolConfig, log: MigrationLog): Promise<void> => {
  const pool = openPool({ ...config, max: 4, query_timeout: undefined }, log.warn);
  try {
    if ((await executedMigrations(pool)).size === 0) await refuseUnfit(pool);
    for (let looks = 1; (await pendingMigrations(pool)).length > 0; looks += 1) {
      if (await whenLocked(pool, () => runTold(pool, log))) continue;
      if (looks === LOOKS_UNTOLD)
        log.warn('another replica runs migrations, this one starts when they are done');
      await systemSleep(LOOK_AGAIN_MS);
    }
  } finally {
    await pool.end();
  }
};

/** Migrations may take minutes, in which the process logs nothing else. Those of a new database are not worth a line. */
const runTold = async (pool: Pool, { warn, info }: MigrationLog): Promise<void> => {
  const { size } = await executedMigrations(pool);
  if (size > 0) info(`migrations begin: ${(await pendingMigrations(pool)).join(', ')}`);
  await runWhenFree(pool, warn);
};

/** Runs `work` while this process alone holds the lock; false when another one holds it. */
const whenLocked = async (pool: Pool, work: () => Promise<void>): Promise<boolean> => {
  const guard = await pool.connect();
  try {
    const held = await tryLock(guard, LOCK, SILENT_MS);
    // Checked again on another connection: the last holder may just have finished.
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

/** While somebody uses a table for long, as a dump does with all of them, it is tried again and again. */
const runWhenFree = async (pool: Pool, warn: (message: string) => void): Promise<void> => {
  for (let isTold = false; ; isTold = true) {
    try {
      return await runPending(pool, warn);
    } catch (error) {
      if (!IN_USE.has(errorCode(error) ?? '')) throw error;
      if (!isTold) warn('migrations wait for a table that another session keeps locked, a dump for instance');
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
      // Building an index on a large table takes longer than a login's usual time-out, and would fail at each start.
      // Between two statements there is a time-out: a machine that is cut off would otherwise keep its locks, and
      // everybody would wait for them.
      const limits = `select set_config('statement_timeout', '0', true), set_config('lock_timeout', '${LOCK_PATIENCE}', true),
        set_config('idle_in_transaction_session_timeout', '${SILENT_MS}', true),
        set_config('check_function_bodies', 'off', true)`;
      // PostgreSQL checks a function's body as the role it will run as, which may not be allowed to call other
      // functions before a later grant, in databases that grant nothing to public (`alter default privileges … revoke
      // execute on functions from public`).
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
