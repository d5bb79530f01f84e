import type { PoolClient } from 'pg';

/**
 * Begins a transaction that holds the lock; false when another one holds it. It belongs to the transaction, so that
 * PgBouncer, which gives each its own server connection, may stand between, and so it ends with a crash, too.
 */
export const tryLock = async (guard: Pick<PoolClient, 'query'>, lock: number): Promise<boolean> => {
  await guard.query('begin; set local idle_in_transaction_session_timeout = 0');
  const text = 'select pg_try_advisory_xact_lock($1) as held';
  return (await guard.query<{ held: boolean }>(text, [lock])).rows[0]?.held === true;
};
