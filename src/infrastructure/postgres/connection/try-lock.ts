import type { PoolClient } from 'pg';
import { renewing } from '../../../application/renewing.ts';
import { systemSleep } from '../../system/system-clock.ts';

/** How many signs of life are sent within the time after which they are missed. */
const SIGNS = 4;
/** Milliseconds: far longer than a working machine is ever paused. */
export const SILENT_MS = 60_000;

/**
 * Begins a transaction that holds the advisory lock; false when another one holds it. The lock belongs to the
 * transaction, so that it works behind PgBouncer, which assigns a server connection to each transaction, and ends with
 * a crash. If the machine is cut off, PostgreSQL would notice only after two hours by default: so the lock ends after
 * `silentMs` without a sign of life.
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

/** Does the work under the lock that `tryLock` got, sending signs of life all the while. */
export const whileLocked = <A>(
  guard: Pick<PoolClient, 'query'>,
  silentMs: number,
  work: () => Promise<A>,
): Promise<A> => {
  const sign = () => guard.query('select').then(() => true);
  return renewing({ sleep: systemSleep, renewEveryMs: silentMs / SIGNS }, sign, work);
};
