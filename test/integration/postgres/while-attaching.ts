import type { Pool } from 'pg';
import { until } from '../../support/until.ts';

const BLOCKED = `select count(*)::int as n from pg_locks
  where not granted and relation = $1::regclass and database = (select oid from pg_database where datname = current_database())`;

/**
 * Begins `work` while a partition of 26 November 2026 is being attached to the table, and commits that once the work
 * waits for it: its row was about to be stored in the default partition. Drops the partition at the end.
 */
export const whileAttaching = async <A>(pool: Pool, table: string, work: () => Promise<A>): Promise<A> => {
  const partition = `${table}_of_the_day`;
  const client = await pool.connect();
  try {
    await client.query(`begin; create table ${partition} (like ${table} including defaults including storage);
      alter table ${table} attach partition ${partition} for values from ('2026-11-26T00:00Z') to ('2026-11-27T00:00Z')`);
    const working = work();
    const waiting = async () => (await pool.query<{ n: number }>(BLOCKED, [`${table}_default`])).rows[0]?.n;
    await until(waiting, (n) => n !== undefined && n > 0);
    await client.query('commit');
    return await working;
  } finally {
    await client.query(`rollback; drop table if exists ${partition}`);
    client.release();
  }
};
