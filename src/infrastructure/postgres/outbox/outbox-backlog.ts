import type { Pool } from 'pg';
import { asSystem, queryAsSystem } from '../tenant-session.ts';
import { NOT_READ } from './outbox-rows.ts';

export type Backlog = {
  readonly rows: number;
  readonly setAside: number;
  readonly oldestAgeSeconds: number;
  /** How often the oldest row was sent in vain. */
  readonly oldestAttempts: number;
};

/**
 * Exact up to this number of rows; beyond it the backlog is estimated from the ids, which are consecutive except for
 * rolled-back inserts.
 */
const COUNTED = 10_000;

const BACKLOG = `
  select
    (select count(*)::int from (select from outbox_messages where attempts >= 0 order by id limit ${COUNTED}) as counted) as counted,
    (select count(*)::int from (select from outbox_messages where attempts < 0 limit ${COUNTED}) as refused) as set_aside,
    coalesce((select max(id) from outbox_messages) - first.id + 1, 0)::int as spanned,
    coalesce(extract(epoch from now() - first.created_at), 0)::float8 as age,
    coalesce(first.attempts, 0) as attempts
  from (select) as one left join lateral (
    select id, created_at, attempts from outbox_messages where attempts >= 0 order by id limit 1
  ) as first on true`;

type Row = {
  readonly counted: number;
  readonly set_aside: number;
  readonly spanned: number;
  readonly age: number;
  readonly attempts: number;
};

/**
 * Reads by index only. With table statistics from before an outage the planner chose to scan the whole backlog; at
 * millions of rows that exceeded the scrape timeout, the gauges disappeared and the alerts based on them resolved.
 */
const BY_INDEX = `select set_config('enable_seqscan', 'off', true)`;

/** Size and age of the backlog for the metrics; costs the same with a million rows. */
export const outboxBacklog = async (database: { readonly pool: Pool }): Promise<Backlog> => {
  const { rows } = await asSystem(database, async (session) => {
    await session.query(BY_INDEX);
    return session.query<Row>(BACKLOG, []);
  });
  const { counted = 0, set_aside: setAside = 0, spanned = 0, age = 0, attempts = 0 } = rows[0] ?? {};
  return {
    rows: counted < COUNTED ? counted : Math.max(counted, spanned),
    setAside,
    oldestAgeSeconds: Math.max(0, age),
    oldestAttempts: attempts,
  };
};

/** Events that the bus refused are kept as long as the trail that tells of them. */
export const dropOldRefusals = async (
  database: { readonly pool: Pool },
  olderThanDays: number,
): Promise<void> => {
  await queryAsSystem(
    database,
    'delete from outbox_messages where attempts < 0 and created_at < now() - make_interval(days => $1)',
    [olderThanDays],
  );
};

/**
 * Gives rows that could not be read another chance: during a rolling update, an older release sets aside rows that only
 * newer releases can read, for instance those that leave out the body of a delivery. What is still unreadable is set
 * aside again.
 */
export const readAgain = async (database: { readonly pool: Pool }): Promise<void> => {
  await queryAsSystem(
    database,
    'update outbox_messages set attempts = 0 where attempts < 0 and last_error = $1',
    [NOT_READ],
  );
};
