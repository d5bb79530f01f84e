import { escapeIdentifier } from 'pg';
import { DAY_MS, outlivedPartitions } from './daily-partition-plan.ts';
import { bulkBytes, defaultOf, integrationLogs, type DailyTable } from './daily-tables.ts';
import { alone, isPartitionInUse, partitionsOf, type PartitionDeps } from './partition-session.ts';
import { LOCK_NOT_AVAILABLE } from '../connection/sql-state.ts';
import { asSystem } from '../tenant-session.ts';

export type RemovedDays = {
  readonly dropped: readonly string[];
  /** Old enough, but in use for longer than this run could wait; the next run tries again. */
  readonly inUse: readonly string[];
  readonly deletedFromDefault: number;
};

/**
 * An hour later they may be free; if that goes on, the disk fills up, and data is kept that should have been deleted.
 */
export class PartitionsInUse extends Error {
  readonly code = LOCK_NOT_AVAILABLE;

  constructor([first = '', ...others]: readonly string[]) {
    super(`in use, to be dropped later: ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`);
  }
}

const DELETED_AT_ONCE = 10_000;
/**
 * Bytes of bodies in one statement. It has 15 s; on a slow disk ten thousand rows with gigabytes of bodies would exceed
 * that, and again in each later run.
 */
const BYTES_DELETED_AT_ONCE = 64 * 1024 * 1024;

/** The job: rejects with `PartitionsInUse` when an old partition had to stay, after all others are gone. */
export const letDaysGo = async (
  deps: PartitionDeps,
  retentionDays: number,
  table = integrationLogs,
): Promise<void> => {
  const { inUse } = await dropOldPartitions(deps, retentionDays, table);
  if (inUse.length > 0) throw new PartitionsInUse(inUse);
};

/**
 * Drops partitions that are wholly older than the retention time, and deletes such rows from the default partition. A
 * drop locks the whole table for milliseconds, and waits for that lock for a quarter of a second at most, since callers
 * queue up behind it. After one that is in use no other is tried: mostly somebody reads all of them, and callers would
 * queue for each. (While there is a default partition, PostgreSQL cannot detach one `concurrently`.)
 */
export const dropOldPartitions = async (
  { database, clock }: PartitionDeps,
  retentionDays: number,
  table = integrationLogs,
): Promise<RemovedDays> => {
  const oldestKept = clock.now() - retentionDays * DAY_MS;
  const outlived = await alone(database, async (client) =>
    outlivedPartitions(oldestKept, await partitionsOf(client, table)),
  );
  const dropped: string[] = [];
  const inUse: string[] = [];
  for (const { name } of outlived) {
    const isDropped = inUse.length === 0 && (await dropPartition(database, name));
    (isDropped ? dropped : inUse).push(name);
  }
  return { dropped, inUse, deletedFromDefault: await deleteFromDefault(database, table, oldestKept) };
};

const dropPartition = async (database: PartitionDeps['database'], name: string): Promise<boolean> => {
  try {
    await alone(database, (client) => client.query(`drop table if exists ${escapeIdentifier(name)}`));
    return true;
  } catch (error) {
    if (isPartitionInUse(error)) return false;
    throw error;
  }
};

const deleteFromDefault = async (
  database: PartitionDeps['database'],
  table: DailyTable,
  oldestKept: number,
): Promise<number> => {
  const { name, column } = table;
  const statement = `delete from ${name} where ${column} < $1 and (tableoid, ctid) in (
    select tableoid, ctid from (
      select tableoid, ctid, sum(bytes) over (rows unbounded preceding) - bytes as bytes_before from (
        select tableoid, ctid, ${bulkBytes(table)} as bytes from ${name}
        where ${column} < $1 and tableoid = '${defaultOf(table)}'::regclass limit ${DELETED_AT_ONCE}) as old
      ) as sized where bytes_before < ${BYTES_DELETED_AT_ONCE})`;
  for (let deleted = 0; ;) {
    const { rowCount } = await asSystem(database, (session) =>
      session.query(statement, [new Date(oldestKept)]),
    );
    if ((rowCount ?? 0) === 0) return deleted;
    deleted += rowCount ?? 0;
  }
};
