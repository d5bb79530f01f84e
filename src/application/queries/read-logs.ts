import type {
  CallLogReader,
  LogFilter,
  LogGrouping,
  LogSummaryRow,
  TrailTooLong,
} from '../../domain/audit/call-log-reader.ts';
import type { CallRecord } from '../../domain/audit/call-record.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';

type Deps = { readonly logs: CallLogReader };

/** Rows of the audit trail, newest first. */
export const listLogs =
  ({
    logs,
  }: Deps): Handler<
    { readonly filter: LogFilter; readonly page: PageRequest },
    Page<CallRecord>,
    TrailTooLong
  > =>
  (ctx, { filter, page }) =>
    logs.list(ctx.tenantId, filter, page);

/** One row of the audit trail. */
export const getLog =
  ({ logs }: Deps): Handler<{ readonly id: string }, CallRecord, NotFound> =>
  async (ctx, { id }) => {
    const record = await logs.byId(ctx.tenantId, id);
    return record === undefined ? left(notFound('log')) : right(record);
  };

/** Counts and latency percentiles from the audit trail. */
export const summarizeLogs =
  ({
    logs,
  }: Deps): Handler<
    { readonly filter: LogFilter; readonly groupBy: LogGrouping },
    readonly LogSummaryRow[],
    TrailTooLong
  > =>
  (ctx, { filter, groupBy }) =>
    logs.summary(ctx.tenantId, filter, groupBy);
