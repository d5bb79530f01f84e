import { escapeIdentifier } from 'pg';
import { DAY_MS, outlivedPartitions } from './daily-partition-plan.ts';
import { bulkBytes, defaultOf, integrationLogs, type DailyTable } from './daily-tables.ts';
import { alone, isPartitionInUse, partitionsOf, type PartitionDeps } from './partition-session.ts';
import { LOCK_NOT_AVAILABLE } from '../connection/sql-state.ts';
import { asSystem } from '../tenant-session.ts';

export type RemovedDays = {
  readonly dropped: readonly string[];
  /** Old enough, but in use for as long as this run could wait; the next run tries again. */
  readonly inUse: readonly string[];
  readonly deletedFromDefault: number;
};

/** An hour later it may be over; hour after hour the disk fills, and what had to be forgotten is kept. */
export class PartitionsInUse extends Error {
  readonly code = LOCK_NOT_AVAILABLE;

  constructor([first = '', ...others]: readonly string[]) {
    super(`in use, to be dropped later: ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`);
  }
}

const DELETED_AT_ONCE = 10_000;
/**
 * Of bodies, but for the last: a statement has 15 s, within which ten thousand rows of them may be gigabytes on a slow
 * disk, and who fails at that fails at it again an hour later.
 */
const BYTES_DELETED_AT_ONCE = 64 * 1024 * 1024;

/** As a job: rejects with `PartitionsInUse` when something old had to stay, after all the rest has gone. */
export const letDaysGo = async (
  deps: PartitionDeps,
  retentionDays: number,
  table = integrationLogs,
): Promise<void> => {
  const { inUse } = await dropOldPartitions(deps, retentionDays, table);
  if (inUse.length > 0) throw new PartitionsInUse(inUse);
};

/**
 * Drops the partitions that lie wholly before the retention time, and deletes such rows from the default partition. A
 * drop locks the whole table for milliseconds and gives up after a quarter of a second of waiting, since callers
 * queue behind it. After one that is in use it tries no other: mostly somebody reads them all, and callers would queue
 * for each. (A partition cannot be detached `concurrently` while there is a default one.)
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
