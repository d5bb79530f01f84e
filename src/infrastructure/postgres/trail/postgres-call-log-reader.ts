import type { QueryResult, QueryResultRow } from 'pg';
import type {
  CallLogReader,
  CostRow,
  LogSummaryRow,
  TrailTooLong,
} from '../../../domain/audit/call-log-reader.ts';
import { map, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import { callRecordFromRow, type CallRecordRow } from './call-record-row.ts';
import type { Database } from '../database.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { reportTurns } from './report-turns.ts';
import { readInTenant } from '../tenant-session.ts';
import { unlessTooLong } from '../unless-too-long.ts';
import { costsBy, summaryBy, TRAIL_FILTERED, trailFilterParameters } from './trail-reports.ts';

const LIST = `
  select * from integration_logs where ${TRAIL_FILTERED}
    and ($10::timestamptz is null or (started_at, id) < ($10, $11::uuid))
  order by started_at desc, id desc
  limit $12`;

const BY_ID = `
  select * from integration_logs
  where management_company_id = $1 and id = $2
    and ($3::timestamptz is null or started_at between $3 and $4)`;

/**
 * The id of a call (UUID v7) is made within moments of its start, so the time in it tells which partition to search
 * first.
 */
const ID_TIME_SLACK_MS = 3_600_000;

const timeInId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
const isTimed = (id: string): boolean => id[14] === '7';

/** Reads the trail of one tenant, enforced both by row-level security and by the condition in each query. */
export const postgresCallLogReader = (database: Pick<Database, 'pool'>): CallLogReader => {
  const inTurn = reportTurns(database.pool.options.max);
  const report = async <R extends QueryResultRow>(
    tenant: TenantId,
    text: string,
    values: readonly unknown[],
  ): AsyncResult<TrailTooLong, readonly R[]> =>
    map(({ rows }: Pick<QueryResult<R>, 'rows'>): readonly R[] => rows)(
      await unlessTooLong(inTurn(tenant, () => readInTenant<R>(database, tenant, text, values))),
    );
  const byId = async (tenant: TenantId, id: string, from: Date | null, to: Date | null) =>
    (await readInTenant<CallRecordRow>(database, tenant, BY_ID, [tenant, id, from, to])).rows[0];
  return {
    byId: async (tenant, id) => {
      if (!isUuid(id)) return undefined;
      const time = timeInId(id);
      const near = isTimed(id)
        ? await byId(tenant, id, new Date(time - ID_TIME_SLACK_MS), new Date(time + ID_TIME_SLACK_MS))
        : undefined;
      const row = near ?? (await byId(tenant, id, null, null));
      return row === undefined ? undefined : callRecordFromRow(row);
    },
    list: async (tenant, filter, page) => {
      const values = [
        ...trailFilterParameters(tenant, filter),
        ...positionParameters(page),
        rowsToRead(page),
      ];
      const rows = await report<CallRecordRow>(tenant, LIST, values);
      return map((found: readonly CallRecordRow[]) =>
        pageOf(found.map(callRecordFromRow), page, ({ startedAt, id }) => ({ at: startedAt, id })),
      )(rows);
    },
    summary: async (tenant, filter, groupBy) => {
      const values = trailFilterParameters(tenant, filter);
      return report<LogSummaryRow>(tenant, summaryBy(groupBy), values);
    },
    costs: async (tenant, filter, groupBy) => {
      const values = trailFilterParameters(tenant, filter);
      return report<CostRow>(tenant, costsBy(groupBy), values);
    },
  };
};
