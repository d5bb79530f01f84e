import type { ProviderName } from '../../domain/external-service/external-service.ts';
import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { CacheReport } from './call-report.ts';
import type { CallOptions } from './call-options.ts';
import type { CallLedger } from './call-ledger.ts';

/** Context, plan and request of one call on its way through the stages. */
export type Call<Req> = {
  readonly ctx: TenantContext;
  readonly plan: ProviderPlan;
  readonly request: Req;
  readonly options: CallOptions;
  /**
   * Under which its answer lies in the cache; undefined: neither looked up nor stored, and shared with no equal call.
   */
  readonly cacheKey: string | undefined;
  readonly ledger: CallLedger;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Monotonic milliseconds: nothing of this call may run longer. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
};

/** An answer and who gave it: a service of the plan, or our own geometry (no service id). */
export type Served<Res> = {
  readonly value: Res;
  readonly service: {
    readonly id: string | undefined;
    readonly serviceName: string;
    readonly provider: Answerer;
  };
  /** Services whose matches stand in the answer beside those of `service`, by id: their licences hold as well. */
  readonly alsoFrom?: readonly string[];
  /** Another provider was to be asked too, and failed or was left out: it might have bettered a coarse answer. */
  readonly besideFailures?: true;
  /**
   * Coarse, because a provider that might have done better was given up for want of the caller's time: of no use to a
   * caller with more time.
   */
  readonly isHasty?: true;
  readonly cache: CacheReport;
  /** Monotonic milliseconds: when providers began to be asked, which is how old the answer is at most. */
  readonly askedAt?: number;
  /** Another replica loaded it. An answer that may lie in memory only is not in the memory of this process yet. */
  readonly loadedElsewhere?: true;
};
export type Answerer = ProviderName | 'straight_line';
