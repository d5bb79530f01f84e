import type { TenantId } from '../shared/tenant-context.ts';
import type { WindowType } from './quota.ts';

/** One window as it is kept in `api_rate_limits`. */
export type StoredWindow = {
  readonly tenantId: TenantId;
  readonly subjectId: string;
  readonly serviceName: string;
  readonly window: WindowType;
  readonly limit: number;
  readonly used: number;
  readonly isRateLimited: boolean;
  readonly totalCostMicros: number;
  /** Epoch milliseconds of the oldest counted call and of its leaving. */
  readonly windowStart: number;
  readonly windowEnd: number;
  /** Counted calls still inside the window: [epoch ms, count] pairs, oldest first, and the permits leased ahead. */
  readonly entries: readonly (readonly [number, number])[];
  readonly leased: number;
};

/** Whose windows: of one service, or of the tenant itself. */
export type StoredSubject = Pick<StoredWindow, 'tenantId' | 'subjectId'>;

/** Where a limiter that counts in memory keeps its windows over a restart. */
export type QuotaStateStore = {
  readonly load: (tenant: TenantId, subjectId: string) => Promise<readonly StoredWindow[]>;
  /** The windows of all of them, of any number of tenants, in one statement. */
  readonly loadAll: (subjects: readonly StoredSubject[]) => Promise<readonly StoredWindow[]>;
  /** All or nothing, in one statement for any number of tenants. */
  readonly save: (windows: readonly StoredWindow[]) => Promise<void>;
};
