import { DatabaseError, escapeIdentifier, type PoolClient } from 'pg';
import type { Clock } from '../../domain/shared/clock.ts';
import type { Database } from './database.ts';
import {
  DAY_MS,
  missingDays,
  outlivedPartitions,
  type LogDay,
  type LogPartition,
} from './log-partition-plan.ts';
import { asSystem } from './tenant-session.ts';
import { eachByItself } from '../system/each-by-itself.ts';

/** A table partitioned by day, and the time by which it is. */
export type DailyTable = { readonly name: string; readonly column: string };

export const integrationLogs: DailyTable = { name: 'integration_logs', column: 'started_at' };
export const deliveryTables: readonly DailyTable[] = [
  { name: 'webhook_deliveries', column: 'received_at' },
  { name: 'webhook_body_parts', column: 'received_at' },
];
export const webhookRejections: DailyTable = { name: 'webhook_rejections', column: 'rejected_at' };

type Deps = {
  /** Logged in as the owner of the tables, which the login that migrated is. */
  readonly database: Pick<Database, 'pool'>;
  readonly clock: Pick<Clock, 'now'>;
};

export type CreatedPartitions = {
  readonly created: readonly string[];
  /** Days that stay in the default partition: it holds too many of their rows to move them under a lock. */
  readonly leftInDefault: readonly string[];
};
export type RemovedLogs = {
  readonly dropped: readonly string[];
  /** Old enough, but in use for as long as this run could wait; the next run tries again. */
  readonly inUse: readonly string[];
  readonly deletedFromDefault: number;
};

/** Any number that nothing else takes on the same database; these are the letters "parts". */
const LOCK = 0x70_61_72_74_73;
const defaultOf = ({ name }: DailyTable): string => `${name}_default`;
/** Moving this many takes about a second, in which only calls that belong to the default partition wait. */
const MOST_MOVED = 100_000;
const DELETED_AT_ONCE = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Makes the day partitions (UTC) of today and the three days to come. Any number of replicas may do so at
 * once. A day's table is made apart and then attached, which stops neither calls nor reports. Rejects when
 * the login does not own the table, or when the default partition is in use for more than 2 s.
 */
export const ensurePartitions = (
  { database, clock }: Deps,
  table = integrationLogs,
): Promise<CreatedPartitions> =>
  alone(database, '2s', async (client) => {
    const created: string[] = [];
    const leftInDefault: string[] = [];
    const missing = missingDays(clock.now(), await partitionsOf(client, table), table.name);
    for (const day of missing)
      ((await createPartition(client, table, day)) ? created : leftInDefault).push(day.name);
    return { created, leftInDefault };
  });

/** Of each table, whatever becomes of the others; rejects with the first failure. */
export const ensureAllPartitions = (deps: Deps): Promise<void> =>
  eachByItself([integrationLogs, ...deliveryTables, webhookRejections], (table) =>
    ensurePartitions(deps, table),
  );

/** Somebody reads or writes it for longer than could be waited: a dump, for all of its time. Nothing was changed. */
export const isPartitionInUse = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE;

/**
 * Drops the partitions that lie wholly before the retention time, and deletes such rows from the default partition. A
 * drop locks the whole table for milliseconds and gives up after a quarter of a second of waiting, since callers
 * queue behind it. (A partition cannot be detached `concurrently` while there is a default one.)
 */
export const dropOldPartitions = async (
  { database, clock }: Deps,
  retentionDays: number,
  table = integrationLogs,
): Promise<RemovedLogs> => {
  const oldestKept = clock.now() - retentionDays * DAY_MS;
  const outlived = await alone(database, '2s', async (client) =>
    outlivedPartitions(oldestKept, await partitionsOf(client, table)),
  );
  const dropped: string[] = [];
  const inUse: string[] = [];
  for (const { name } of outlived) ((await dropPartition(database, name)) ? dropped : inUse).push(name);
  return { dropped, inUse, deletedFromDefault: await deleteFromDefault(database, table, oldestKept) };
};

/** One transaction as the login itself, after every other replica's. */
const alone = async <A>(
  { pool }: Deps['database'],
  patience: '2s' | '250ms',
  work: (client: PoolClient) => Promise<A>,
): Promise<A> => {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(`begin; set local timezone = 'UTC'; select pg_advisory_xact_lock(${LOCK})`);
    await client.query(`set local lock_timeout = '${patience}'`);
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

type PartitionRow = { readonly name: string; readonly from: number | null; readonly to: number | null };

const partitionsOf = async (
  client: PoolClient,
  { name: table }: DailyTable,
): Promise<readonly LogPartition[]> => {
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

/** Of `FOR VALUES FROM ('…') TO ('…')`; MINVALUE and MAXVALUE have no quotes and give null. */
const boundAfter = (word: 'FROM' | 'TO'): string =>
  `extract(epoch from substring(bounds from '${word} \\(''([^'']+)''\\)')::timestamptz)::float8 * 1000`;

/** False when the day has to stay in the default partition. */
const createPartition = async (
  client: PoolClient,
  parent: DailyTable,
  { name, from, to }: LogDay,
): Promise<boolean> => {
  const table = escapeIdentifier(name);
  const range = [new Date(from).toISOString(), new Date(to).toISOString()];
  const strays = await straysOf(client, parent, range);
  if (strays > MOST_MOVED) return false;
  await client.query(
    `create table ${table} (like ${parent.name} including defaults including constraints including storage)`,
  );
  if (strays > 0) await moveStrays(client, parent, table, range);
  await client.query(
    `alter table ${parent.name} attach partition ${table} for values from ('${range[0]}') to ('${range[1]}')`,
  );
  // Nobody asks a partition by itself, and nobody may: the policies are those of the whole table.
  await client.query(
    `alter table ${table} enable row level security; alter table ${table} force row level security`,
  );
  return true;
};

const within = ({ column }: DailyTable): string => `${column} >= $1 and ${column} < $2`;

/** Rows of a day that had no partition when they came. Counted as the system role, since the owner sees none. */
const straysOf = async (
  client: PoolClient,
  parent: DailyTable,
  range: readonly string[],
): Promise<number> => {
  await client.query('set local role integration_system');
  const { rows } = await client.query<{ strays: number }>(
    `select count(*)::integer as strays from (select from ${parent.name} where ${within(parent)} limit ${MOST_MOVED + 1}) as sample`,
    [...range],
  );
  await client.query('set local role none');
  return rows[0]?.strays ?? 0;
};

const moveStrays = async (
  client: PoolClient,
  parent: DailyTable,
  table: string,
  range: readonly string[],
): Promise<void> => {
  await client.query(`lock table ${defaultOf(parent)} in access exclusive mode`);
  await client.query(`grant insert on ${table} to integration_system; set local role integration_system`);
  await client.query(
    `with strays as (delete from ${parent.name} where ${within(parent)} returning *) insert into ${table} select * from strays`,
    [...range],
  );
  await client.query(`set local role none; revoke insert on ${table} from integration_system`);
};

const dropPartition = async (database: Deps['database'], name: string): Promise<boolean> => {
  try {
    await alone(database, '250ms', (client) =>
      client.query(`drop table if exists ${escapeIdentifier(name)}`),
    );
    return true;
  } catch (error) {
    if (isPartitionInUse(error)) return false;
    throw error;
  }
};

const deleteFromDefault = async (
  database: Deps['database'],
  table: DailyTable,
  oldestKept: number,
): Promise<number> => {
  const { name, column } = table;
  for (let deleted = 0; ;) {
    const { rowCount } = await asSystem(database, (session) =>
      session.query(
        `delete from ${name} where ${column} < $1 and (tableoid, ctid) in (
           select tableoid, ctid from ${name}
           where ${column} < $1 and tableoid = '${defaultOf(table)}'::regclass limit ${DELETED_AT_ONCE})`,
        [new Date(oldestKept)],
      ),
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < DELETED_AT_ONCE) return deleted;
  }
};
