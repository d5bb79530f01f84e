import type { TenantId } from '../shared/tenant-context.ts';

/** Trailing (sliding) windows, not calendar ones; `windowMs` has their lengths. */
export const windowTypes = ['minute', 'hour', 'day', 'month'] as const;
export type WindowType = (typeof windowTypes)[number];

/** Limits of one service, in units per window. A missing window is unlimited; zero allows no call at all. */
export type QuotaLimits = { readonly [W in WindowType]?: number };

/**
 * Length of each sliding window in milliseconds. A month counts 31 days, so that no calendar month is longer; only the
 * extra hour of a day on which clocks are set back makes a calendar day or month longer than its window.
 */
export const windowMs: { readonly [W in WindowType]: number } = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 31 * 86_400_000,
};

/**
 * What shares one set of windows: the calls to one service of a tenant, or all calls of a tenant to services of one
 * type.
 */
export type QuotaSubject = {
  readonly tenantId: TenantId;
  /** The service's id, or `tenant:<service_type>` for the tenant's own limit. */
  readonly subjectId: string;
  readonly serviceName: string;
  readonly limits: QuotaLimits;
  /**
   * The other side that counts, such as a provider, counts a call when it arrives there: within so many milliseconds
   * after our grant. We therefore count it at grant time plus `arrivalMs`, so that it never leaves our window before it
   * leaves theirs (ADR 30). A call that takes longer is reported by `RateLimiter.arrivedLate`. Absent: nobody else
   * counts.
   */
  readonly arrivalMs?: number;
};

/** Current usage of one window. */
export type WindowState = {
  readonly subjectId: string;
  readonly window: WindowType;
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /**
   * Epoch milliseconds at which the oldest counted call leaves the window: at most one window length plus `arrivalMs`
   * from now. Equals now when nothing is counted.
   */
  readonly resetsAt: number;
};

/**
 * Result of a successful `take`. The same object identifies the grant when it is passed to `RateLimiter.arrivedLate`.
 */
export type QuotaGranted = { readonly windows: readonly WindowState[] };
/**
 * `by` is the window that refused. `retryAfterMs` is the wait until the cost would fit into all windows, if nothing
 * else is taken meanwhile.
 */
export type QuotaRefused = {
  readonly kind: 'quota-refused';
  readonly by: WindowState;
  readonly retryAfterMs: number;
  readonly windows: readonly WindowState[];
};
