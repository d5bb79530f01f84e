import { DatabaseError, type PoolClient } from 'pg';
import type { Clock } from '../../../domain/shared/clock.ts';
import type { DailyTable } from './daily-tables.ts';
import type { DayPartition } from './daily-partition-plan.ts';
import type { Database } from '../database.ts';
import { LOCK_NOT_AVAILABLE } from '../connection/sql-state.ts';

export type PartitionDeps = {
  /** Logged in as the owner of the tables, which is the login that ran the migrations. */
  readonly database: Pick<Database, 'pool'>;
  readonly clock: Pick<Clock, 'now'>;
};

/** Key of the advisory lock. Any number that nothing else uses on the same database; these are the letters "parts". */
const LOCK = 0x70_61_72_74_73;

/** The partition was locked for longer than could be waited, by a dump for instance. Nothing was changed. */
export const isPartitionInUse = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE;

/**
 * Milliseconds. A machine that is cut off between two statements would otherwise keep its locks, for which every call
 * waits.
 */
const HANGS_MS = 10_000;

/**
 * How long to wait for a lock: all who come meanwhile queue up behind the request, and a webhook delivery gives up
 * after less than a second.
 */
const LOCK_PATIENCE = '250ms';

/** Runs `work` in a transaction as the login itself, one replica after the other. */
export const alone = async <A>(
  { pool }: PartitionDeps['database'],
  work: (client: PoolClient) => Promise<A>,
): Promise<A> => {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(`begin; set local timezone = 'UTC';
      set local idle_in_transaction_session_timeout = ${HANGS_MS}; select pg_advisory_xact_lock(${LOCK})`);
    await client.query(`set local lock_timeout = '${LOCK_PATIENCE}'`);
    const answer = await work(client);
    await client.query('commit');
    return answer;
  } catch (error) {
    broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    client.release(broken);
  }
};

/** Two seconds in all. */
const MOST_TRIES = 8;

/** Requests all locks together, and again after each failure; in between, those who queued up behind it proceed. */
export const locked = async (
  client: PoolClient,
  lock: () => Promise<unknown>,
  tries = MOST_TRIES,
): Promise<void> => {
  await client.query('savepoint unlocked');
  try {
    await lock();
  } catch (error) {
    if (!isPartitionInUse(error) || tries === 1) throw error;
    await client.query('rollback to savepoint unlocked');
    return locked(client, lock, tries - 1);
  }
};

type PartitionRow = { readonly name: string; readonly from: number | null; readonly to: number | null };

/** The existing partitions, without the default one. Rejects when the login does not own the table. */
export const partitionsOf = async (
  client: PoolClient,
  { name: table }: DailyTable,
): Promise<readonly DayPartition[]> => {
  const owner = await client.query<{ owned: boolean }>(
    `select pg_has_role(relowner, 'USAGE') as owned from pg_class where oid = '${table}'::regclass`,
  );
  if (owner.rows[0]?.owned !== true)
    throw new Error(
      `the login of DATABASE_URL does not own ${table}, so it cannot keep its partitions: ` +
        'use the login that ran the migrations, or grant it the role that owns the table',
    );
  const { rows } = await client.query<PartitionRow>(`
    select name, ${boundAfter('FROM')} as "from", ${boundAfter('TO')} as "to" from (
      select relname as name, pg_get_expr(relpartbound, oid) as bounds from pg_class
      join pg_inherits on inhrelid = oid where inhparent = '${table}'::regclass) as partitions
    where bounds <> 'DEFAULT' order by name`);
  return rows.map(({ name, from, to }) => ({ name, from: from ?? undefined, to: to ?? undefined }));
};

/**
 * Parses `FOR VALUES FROM ('…') TO ('…')`; MINVALUE and MAXVALUE have no quotes and yield null. The pattern contains no
 * backslash, whose meaning would change where `standard_conforming_strings` is off.
 */
const boundAfter = (word: 'FROM' | 'TO'): string =>
  `extract(epoch from substring(bounds from '${word} [(]''([^'']+)''[)]')::timestamptz)::float8 * 1000`;
