import type { AsyncResult } from '../shared/fp.ts';
import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { CallRecord, CallStatus } from './call-record.ts';

/** Only the calls that fit all of what is given. */
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
  /** The service name, operation, status, or the start of the hour or day in RFC 3339. */
  readonly group: string;
  readonly calls: number;
  /** What failed or was refused; an empty answer and a stale one are answers. */
  readonly errors: number;
  readonly cacheHits: number;
  /** Of the durations of all its calls, hits included. */
  readonly p50Ms: number;
  readonly p95Ms: number;
};
/** One for each currency of a group. A call counts once in it, however many providers were paid. */
export type CostRow = {
  readonly group: string;
  readonly calls: number;
  readonly costMicros: number;
  readonly currency: string;
};

/** More rows, of the trail or of what webhooks were sent, than there is time to go through: a shorter period may do. */
export type TrailTooLong = { readonly kind: 'trail-too-long' };

/** Reading side of the trail. The tenant is always the first argument; another tenant's id finds nothing. */
export type CallLogReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<CallRecord | undefined>;
  /** Newest first, by (startedAt, id). */
  readonly list: (
    tenant: TenantId,
    filter: LogFilter,
    page: PageRequest,
  ) => AsyncResult<TrailTooLong, Page<CallRecord>>;
  /** In the order of the groups. */
  readonly summary: (
    tenant: TenantId,
    filter: LogFilter,
    groupBy: LogGrouping,
  ) => AsyncResult<TrailTooLong, readonly LogSummaryRow[]>;
  /** In the order of the groups, then of the currencies. */
  readonly costs: (
    tenant: TenantId,
    filter: LogFilter,
    groupBy: LogGrouping,
  ) => AsyncResult<TrailTooLong, readonly CostRow[]>;
};
