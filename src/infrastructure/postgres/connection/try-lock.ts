import type { PoolClient } from 'pg';
import { renewing } from '../../../application/renewing.ts';
import { systemSleep } from '../../system/system-clock.ts';

/** Of life, in the time after which it is missed. */
const SIGNS = 4;
/** Milliseconds: far longer than a machine at work is held up for. */
export const SILENT_MS = 60_000;

/**
 * Begins a transaction that holds the lock; false when another one holds it. It belongs to the transaction, so that
 * PgBouncer, which gives each its own server connection, may stand between, and so it ends with a crash, too. Of a
 * machine that is cut off PostgreSQL hears nothing, by its own settings for two hours: it ends after `silentMs`.
 */
export const tryLock = async (
  guard: Pick<PoolClient, 'query'>,
  lock: number,
  silentMs: number,
): Promise<boolean> => {
  await guard.query(`begin; set local idle_in_transaction_session_timeout = ${silentMs}`);
  const text = 'select pg_try_advisory_xact_lock($1) as held';
  return (await guard.query<{ held: boolean }>(text, [lock])).rows[0]?.held === true;
};

/** Does the work under the lock that `tryLock` got, and lets PostgreSQL know all the while that somebody is there. */
export const whileLocked = <A>(
  guard: Pick<PoolClient, 'query'>,
  silentMs: number,
  work: () => Promise<A>,
): Promise<A> => {
  const sign = () => guard.query('select').then(() => true);
  return renewing({ sleep: systemSleep, renewEveryMs: silentMs / SIGNS }, sign, work);
};
