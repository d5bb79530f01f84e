import type { AsyncResult } from '../shared/fp.ts';
import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { CallRecord, CallStatus } from './call-record.ts';

/** Selects the calls that match all given fields. */
export type LogFilter = {
  readonly serviceName?: string;
  readonly serviceId?: string;
  readonly operation?: string;
  readonly status?: CallStatus;
  readonly requestId?: string;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number;
  /** Epoch milliseconds, exclusive. */
  readonly to?: number;
  readonly minDurationMs?: number;
};

export const logGroupings = ['service', 'operation', 'status', 'hour', 'day'] as const;
export type LogGrouping = (typeof logGroupings)[number];

export type LogSummaryRow = {
  /** The service name, operation, status, or the start of the hour or day as RFC 3339. */
  readonly group: string;
  readonly calls: number;
  /** Failed and refused calls. "No match" and stale answers do not count as errors. */
  readonly errors: number;
  readonly cacheHits: number;
  /** Latency percentiles over all calls of the group, cache hits included. */
  readonly p50Ms: number;
  readonly p95Ms: number;
};
/** One row per currency of a group. A call counts once in each, however many providers were paid. */
export type CostRow = {
  readonly group: string;
  readonly calls: number;
  readonly costMicros: number;
  readonly currency: string;
};

/**
 * The query would have to read more rows (of the trail, or of deliveries) than its time limit allows. A shorter period
 * may succeed.
 */
export type TrailTooLong = { readonly kind: 'trail-too-long' };

/**
 * The read side of the audit trail. The tenant is always the first argument; ids of other tenants find nothing. Rejects
 * when the database is unavailable.
 */
export type CallLogReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<CallRecord | undefined>;
  /** Newest first, by (startedAt, id). */
  readonly list: (
    tenant: TenantId,
    filter: LogFilter,
    page: PageRequest,
  ) => AsyncResult<TrailTooLong, Page<CallRecord>>;
  /** Sorted by group. */
  readonly summary: (
    tenant: TenantId,
    filter: LogFilter,
    groupBy: LogGrouping,
  ) => AsyncResult<TrailTooLong, readonly LogSummaryRow[]>;
  /** Sorted by group, then by currency. */
  readonly costs: (
    tenant: TenantId,
    filter: LogFilter,
    groupBy: LogGrouping,
  ) => AsyncResult<TrailTooLong, readonly CostRow[]>;
};
