import type { ProviderName } from '../../domain/external-service/external-service.ts';
import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { CacheReport } from './call-report.ts';
import type { CallOptions } from './call-options.ts';
import type { CallLedger } from './call-ledger.ts';

/** One call as it passes through the stages: context, plan, request and the state they share. */
export type Call<Req> = {
  readonly ctx: TenantContext;
  readonly plan: ProviderPlan;
  readonly request: Req;
  readonly options: CallOptions;
  /**
   * Key of the answer in the cache. Undefined: the call is neither looked up nor stored, nor shared with equal calls.
   */
  readonly cacheKey: string | undefined;
  readonly ledger: CallLedger;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Monotonic milliseconds. Nothing done for this call may take longer. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
};

/** An answer and its source: a service of the plan, or our own geometry, which has no service id. */
export type Served<Res> = {
  readonly value: Res;
  readonly service: {
    readonly id: string | undefined;
    readonly serviceName: string;
    readonly provider: Answerer;
  };
  /** Ids of other services whose matches are part of the answer: their licences apply as well. */
  readonly alsoFrom?: readonly string[];
  /** Another provider should have been asked too but failed or was skipped, and might have improved a coarse answer. */
  readonly besideFailures?: true;
  /**
   * The answer is coarse only because a better provider was given up for lack of the caller's time, so it must not be
   * given to callers with more time.
   */
  readonly isHasty?: true;
  readonly cache: CacheReport;
  /** Monotonic milliseconds at which the first provider was asked: an upper bound for the age of the answer. */
  readonly askedAt?: number;
  /** The answer was loaded by another replica. If it may be held in memory only, this process has not cached it yet. */
  readonly loadedElsewhere?: true;
};
export type Answerer = ProviderName | 'straight_line';
