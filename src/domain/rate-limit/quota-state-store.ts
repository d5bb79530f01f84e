import type { TenantId } from '../shared/tenant-context.ts';
import type { WindowType } from './quota.ts';

/** One row of `api_rate_limits`: one window of one subject. */
export type StoredWindow = {
  readonly tenantId: TenantId;
  readonly subjectId: string;
  readonly serviceName: string;
  readonly window: WindowType;
  readonly limit: number;
  readonly used: number;
  readonly isRateLimited: boolean;
  readonly totalCostMicros: number;
  /** Epoch milliseconds at which the oldest counted call was counted, and at which it leaves the window. */
  readonly windowStart: number;
  readonly windowEnd: number;
  /**
   * `entries`: calls still inside the window, as [epoch ms, units], oldest first. `leased`: permits reserved ahead of
   * their use, which a restart counts as used (`permit-lease.ts`).
   */
  readonly entries: readonly (readonly [number, number])[];
  readonly leased: number;
};

/** Identifies the windows of one service, or those of the tenant's own limit. */
export type StoredSubject = Pick<StoredWindow, 'tenantId' | 'subjectId'>;

/**
 * Persists the windows of a limiter that counts in memory, so that quotas survive a restart. All methods reject when
 * the store is unavailable.
 */
export type QuotaStateStore = {
  readonly load: (tenant: TenantId, subjectId: string) => Promise<readonly StoredWindow[]>;
  /** Windows of all the given subjects, which may belong to any number of tenants, read with one statement. */
  readonly loadAll: (subjects: readonly StoredSubject[]) => Promise<readonly StoredWindow[]>;
  /** Atomic: all rows are stored or none, in one statement for any number of tenants. */
  readonly save: (windows: readonly StoredWindow[]) => Promise<void>;
};
