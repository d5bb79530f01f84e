import type { CacheMissReason } from '../../domain/cache/cache-store.ts';
import type { ExternalService, ProviderName } from '../../domain/external-service/external-service.ts';
import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { Attempt, CallError, ProviderError } from '../../domain/provider/provider-error.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import { noMoney, type Money } from '../../domain/shared/money.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { Operation } from './operation.ts';
import type { CacheReport, CallOptions, Timings } from './provider-call.ts';

/**
 * What a call gathers on its way: written by the stages, read once by the journal. One ledger belongs to
 * one call; a flight shared by equal calls has its own, which exactly one of them takes over.
 */
export type CallLedger = {
  readonly logId: string;
  readonly attempts: Attempt[];
  readonly timings: Timings;
  /** Where the windows of the services asked stand, newest state last. */
  windows: readonly WindowState[];
  /** Windows that refused, for `integration.rate_limit.exceeded`. */
  readonly refusals: { readonly serviceName: string; readonly window: WindowState }[];
  /** In the currency of the service that was billed first. */
  costMicros: number;
  costCurrency: string | undefined;
  /** Requests that left for a provider, retries included, and how many of them are billed. */
  callsLeft: number;
  callsBilled: number;
  /**
   * Requests that were paid for when they left (`paysWhenItLeaves`): who went along with others has paid for none, but
   * may stand for one (`CallsAhead.standFor`).
   */
  requestsPaid: number;
  /** The tenant's own limit is taken once per call, however many providers are asked. */
  tenantCharged: boolean;
  missReason: CacheMissReason | undefined;
  /** A write was answered when a try of it before was given up, which may yet arrive. */
  mayComeAgain: boolean;
};

export const newLedger = (logId: string): CallLedger => ({
  logId,
  attempts: [],
  timings: { cache: 0, quota: 0, provider: 0, journal: 0, total: 0 },
  windows: [],
  refusals: [],
  costMicros: 0,
  costCurrency: undefined,
  callsLeft: 0,
  callsBilled: 0,
  requestsPaid: 0,
  tenantCharged: false,
  missReason: undefined,
  mayComeAgain: false,
});

/**
 * One currency per call: that of the service billed first. Where nothing was billed, of the one that the row names: in
 * another one it would stand in the costs of that service as a second line.
 */
export const costOf = (
  { costMicros, costCurrency }: Pick<CallLedger, 'costMicros' | 'costCurrency'>,
  named: Pick<ExternalService, 'costPerCall'> | undefined,
): Money => {
  const nothing = noMoney(costCurrency ?? named?.costPerCall.currency ?? 'USD');
  return costMicros === 0 ? nothing : { ...nothing, micros: costMicros };
};

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
  /** Another provider was to be asked, and failed: what is coarse here might have been bettered. */
  readonly besideFailures?: true;
  /**
   * Coarse, because who might have bettered it was given up for its caller's haste: of no use for who has more time.
   */
  readonly isHasty?: true;
  readonly cache: CacheReport;
  /** Monotonic milliseconds: when providers began to be asked, which is how old the answer is at most. */
  readonly askedAt?: number;
  /** A flight of another replica brought it: what may lie in a process alone does not lie in this one yet. */
  readonly loadedElsewhere?: true;
};
export type Answerer = ProviderName | 'straight_line';

/** The one shape of a call; each concern is a stage around it. */
export type ProviderCall<Req, Res> = (call: Call<Req>) => AsyncResult<CallError, Served<Res>>;
export type Stage = <Req, Res>(
  operation: Operation<Req, Res>,
  next: ProviderCall<Req, Res>,
) => ProviderCall<Req, Res>;

/** The same shape one level down: one provider, chosen by the fallback, so its errors are the provider's. */
export type ServiceCall<Req, Res> = (
  call: Call<Req>,
  service: ExternalService,
) => AsyncResult<ProviderError, Res>;
export type ServiceStage = <Req, Res>(
  operation: Operation<Req, Res>,
  next: ServiceCall<Req, Res>,
) => ServiceCall<Req, Res>;

/** Leftmost is outermost: the order of the list is the policy. */
export const through = <Req, Res>(
  operation: Operation<Req, Res>,
  stages: readonly Stage[],
  innermost: ProviderCall<Req, Res>,
): ProviderCall<Req, Res> =>
  stages.reduceRight<ProviderCall<Req, Res>>((next, stage) => stage(operation, next), innermost);

export const throughService = <Req, Res>(
  operation: Operation<Req, Res>,
  stages: readonly ServiceStage[],
  innermost: ServiceCall<Req, Res>,
): ServiceCall<Req, Res> =>
  stages.reduceRight<ServiceCall<Req, Res>>((next, stage) => stage(operation, next), innermost);
