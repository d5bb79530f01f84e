import { escapeIdentifier, type PoolClient, type QueryConfig } from 'pg';
import { eachByItself } from '../../system/each-by-itself.ts';
import { missingDays, type Day } from './daily-partition-plan.ts';
import {
  bulkBytes,
  defaultOf,
  deliveryTables,
  integrationLogs,
  webhookRejections,
  type DailyTable,
} from './daily-tables.ts';
import { alone, locked, partitionsOf, type PartitionDeps } from './partition-session.ts';

export type CreatedPartitions = {
  readonly created: readonly string[];
  /** Days left in the default partition, which holds too many of their rows to move them under a lock. */
  readonly leftInDefault: readonly string[];
};

/** Moving this many rows takes about a second, during which only rows for the default partition wait. */
const MOST_MOVED = 100_000;
/** Moving this many bytes of bodies takes about as long; 300 MiB took eleven seconds. */
const MOST_BYTES_MOVED = 32 * 1024 * 1024;

/**
 * Milliseconds for statements that scan the whole default partition, where such days may be. PostgreSQL completes them,
 * with their locks, whether or not anybody still waits; with a shorter time-out the next run would begin again.
 */
const LONGEST_LOOK_MS = 600_000;

type PatientQuery = QueryConfig & { readonly query_timeout: number };

const throughDefault = (text: string, values: readonly string[] = []): PatientQuery => ({
  text,
  values: [...values],
  query_timeout: LONGEST_LOOK_MS,
});

/**
 * Creates the daily partitions (UTC) for today and the next three days. Any number of replicas may do so at the same
 * time. A day's table is created separately and then attached, which blocks neither calls nor reports. Rejects when the
 * login does not own the table, or when the default partition is in use for more than 2 s.
 */
export const ensurePartitions = (
  { database, clock }: PartitionDeps,
  table = integrationLogs,
): Promise<CreatedPartitions> =>
  alone(database, async (client) => {
    const created: string[] = [];
    const leftInDefault: string[] = [];
    const missing = missingDays(clock.now(), await partitionsOf(client, table), table.name);
    for (const day of missing)
      ((await createPartition(client, table, day)) ? created : leftInDefault).push(day.name);
    return { created, leftInDefault };
  });

/** For each table, whatever becomes of the others; rejects with the first failure. */
export const ensureAllPartitions = (deps: PartitionDeps): Promise<void> =>
  eachByItself([integrationLogs, ...deliveryTables, webhookRejections], (table) =>
    ensurePartitions(deps, table),
  );

/** False when the rows of the day have to stay in the default partition. */
const createPartition = async (
  client: PoolClient,
  parent: DailyTable,
  { name, from, to }: Day,
): Promise<boolean> => {
  const table = escapeIdentifier(name);
  const range = [new Date(from).toISOString(), new Date(to).toISOString()];
  const strays = await straysOf(client, parent, range);
  if (strays.rows > MOST_MOVED || strays.bytes > MOST_BYTES_MOVED) return false;
  await client.query(
    `create table ${table} (like ${parent.name} including defaults including constraints including storage)`,
  );
  // The owner of the parent table rather than the login, which may be a member of that role only for a time: a later
  // one could not drop the partition.
  await client.query(`alter table ${table} owner to ${escapeIdentifier(await ownerOf(client, parent))}`);
  await moveStrays(client, parent, table, range);
  const attach = `alter table ${parent.name} attach partition ${table} for values from ('${range[0]}') to ('${range[1]}')`;
  await client.query(throughDefault(attach));
  // Nobody reads a partition directly, and nobody may: the policies belong to the parent table.
  await client.query(
    `alter table ${table} enable row level security; alter table ${table} force row level security`,
  );
  return true;
};

const ownerOf = async (client: PoolClient, { name }: DailyTable): Promise<string> => {
  const { rows } = await client.query<{ owner: string }>(
    `select pg_get_userbyid(relowner) as owner from pg_class where oid = '${name}'::regclass`,
  );
  return rows[0]?.owner ?? '';
};

const within = ({ column }: DailyTable): string => `${column} >= $1 and ${column} < $2`;

type Strays = { readonly rows: number; readonly bytes: number };

/**
 * Counts the rows of a day that came while it had no partition. As the system role, since row-level security hides them
 * from the owner.
 */
const straysOf = async (
  client: PoolClient,
  parent: DailyTable,
  range: readonly string[],
): Promise<Strays> => {
  await client.query('set local role integration_system');
  const count = `select count(*)::integer as rows, coalesce(sum(bytes), 0)::float8 as bytes from (
    select ${bulkBytes(parent)} as bytes from ${parent.name} where ${within(parent)} limit ${MOST_MOVED + 1}) as sample`;
  const { rows } = await client.query<Strays>(throughDefault(count, range));
  await client.query('set local role none');
  return rows[0] ?? { rows: 0, bytes: 0 };
};

/** Also moves rows that came after they were counted: attaching waits for writers, and fails over a row of theirs. */
const moveStrays = async (
  client: PoolClient,
  parent: DailyTable,
  table: string,
  range: readonly string[],
): Promise<void> => {
  await locked(client, async () => {
    // Locks the parent first, in the same order as readers do.
    await client.query(`lock table only ${parent.name} in share update exclusive mode`);
    await client.query(`lock table ${defaultOf(parent)} in access exclusive mode`);
  });
  await client.query(`grant insert on ${table} to integration_system; set local role integration_system`);
  const move = `with strays as (delete from ${parent.name} where ${within(parent)} returning *) insert into ${table} select * from strays`;
  await client.query(throughDefault(move, range));
  await client.query(`set local role none; revoke insert on ${table} from integration_system`);
};
