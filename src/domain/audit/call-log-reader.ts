import type { Page, PageRequest } from '../external-service/external-service-repository.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { CallRecord, CallStatus } from './call-record.ts';

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
  readonly errors: number;
  readonly cacheHits: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
};
export type CostRow = {
  readonly group: string;
  readonly calls: number;
  readonly costMicros: number;
  readonly currency: string;
};

/** Reading side of the trail, newest first. */
export type CallLogReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<CallRecord | undefined>;
  readonly list: (tenant: TenantId, filter: LogFilter, page: PageRequest) => Promise<Page<CallRecord>>;
  readonly summary: (
    tenant: TenantId,
    filter: LogFilter,
    groupBy: LogGrouping,
  ) => Promise<readonly LogSummaryRow[]>;
  readonly costs: (tenant: TenantId, filter: LogFilter, groupBy: LogGrouping) => Promise<readonly CostRow[]>;
};
