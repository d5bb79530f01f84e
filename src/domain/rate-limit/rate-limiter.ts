import type { AsyncResult } from '../shared/fp.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { QuotaGranted, QuotaRefused, QuotaSubject, WindowState } from './quota.ts';

/**
 * Counts calls against sliding windows. Guarantees of every adapter, held by `rate-limiter.contract.ts`: one atomic
 * step takes from all windows of all subjects or from none; no window is ever granted above its limit; time comes from
 * the store's own clock; a refused call consumes nothing. All subjects of one request belong to the same tenant. A
 * `cost` is a whole number of units; anything else is a RangeError. An unavailable store does not make it reject:
 * counting goes on locally (ADR 5, ADR 17).
 */
export type RateLimiter = {
  readonly take: (subjects: readonly QuotaSubject[], cost: number) => AsyncResult<QuotaRefused, QuotaGranted>;
  /** Current usage, without taking anything. */
  readonly peek: (subjects: readonly QuotaSubject[]) => Promise<readonly WindowState[]>;
  /**
   * To be called when a granted call was under way for longer than the `arrivalMs` of its subjects. Those subjects that
   * have an `arrivalMs` then count it as of now. Returns at once and never refuses.
   */
  readonly arrivedLate: (granted: QuotaGranted) => void;
  /**
   * Adds what calls of a subject have cost, in millionths of the currency unit, for display beside the counts. Returns
   * at once and never refuses.
   */
  readonly addCost: (tenant: TenantId, subjectId: string, micros: number) => void;
};
