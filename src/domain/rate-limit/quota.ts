import type { TenantId } from '../shared/tenant-context.ts';

/** Trailing ones, each as long as `windowMs` says. */
export const windowTypes = ['minute', 'hour', 'day', 'month'] as const;
export type WindowType = (typeof windowTypes)[number];

/** Limits of one service; a missing window is unlimited. Zero means: never call. */
export type QuotaLimits = { readonly [W in WindowType]?: number };

/**
 * Length of the trailing window in milliseconds. A month is 31 days: no calendar month is longer, but for the hour by
 * which clocks are set back, as no day is longer than a window but for that.
 */
export const windowMs: { readonly [W in WindowType]: number } = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 31 * 86_400_000,
};

/** What is counted together: one service of one tenant, or all calls of a kind of one tenant. */
export type QuotaSubject = {
  readonly tenantId: TenantId;
  /** The service's id, or `tenant:<service_type>` for the tenant's own limit. */
  readonly subjectId: string;
  readonly serviceName: string;
  readonly limits: QuotaLimits;
  /**
   * Within so many milliseconds after its grant a call is seen by whoever else counts it, such as a provider. It is
   * counted as of then, so that it does not leave a window here before it leaves theirs; the limiter is told of one
   * that takes longer (`arrivedLate`). Absent: nobody else counts.
   */
  readonly arrivalMs?: number;
};

/** Where one window stands. */
export type WindowState = {
  readonly subjectId: string;
  readonly window: WindowType;
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /**
   * Epoch milliseconds at which the oldest counted call leaves the window, at most a window and `arrivalMs` from now;
   * now when nothing is counted.
   */
  readonly resetsAt: number;
};

/** Also stands for the grant itself: see `RateLimiter.arrivedLate`. */
export type QuotaGranted = { readonly windows: readonly WindowState[] };
/** Names the window that refused; the wait is until the cost would fit into all windows. */
export type QuotaRefused = {
  readonly kind: 'quota-refused';
  readonly by: WindowState;
  readonly retryAfterMs: number;
  readonly windows: readonly WindowState[];
};
