import type { AsyncResult } from '../shared/fp.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { QuotaGranted, QuotaRefused, QuotaSubject, WindowState } from './quota.ts';

/**
 * Counts calls against limits. Guarantees, held by `rate-limiter.contract.ts` on every adapter:
 * all windows of all subjects are taken in one atomic step or none is; never above a limit in any
 * trailing window; time is the store's own clock; a refusal burns nothing.
 */
export type RateLimiter = {
  readonly take: (subjects: readonly QuotaSubject[], cost: number) => AsyncResult<QuotaRefused, QuotaGranted>;
  /** Looks without taking. */
  readonly peek: (subjects: readonly QuotaSubject[]) => Promise<readonly WindowState[]>;
  /**
   * A granted call may have been under way until now, longer than its subjects' `arrivalMs`. It is counted as of now by
   * those subjects that have one. Never refuses, never waits.
   */
  readonly arrivedLate: (granted: QuotaGranted) => void;
  /** Money the calls of a subject have cost, shown beside its counts. Never refuses, never waits. */
  readonly addCost: (tenant: TenantId, subjectId: string, micros: number) => void;
};
