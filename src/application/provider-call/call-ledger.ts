import type { CacheMissReason } from '../../domain/cache/cache-store.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { Attempt } from '../../domain/provider/provider-error.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import { noMoney, type Money } from '../../domain/shared/money.ts';
import type { Timings } from './call-report.ts';

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
   * Requests that this call paid for when they left (`paysWhenItLeaves`). One whose rows went along with another's has
   * paid for none, unless it stands for that request (`CallQuota.standFor`).
   */
  requestsPaid: number;
  /** Requests that others paid for and this call tells of, since it alone has seen how they ended (`CallQuota.tellOf`). */
  requestsTold: number;
  /** The tenant's own limit is taken once per call, however many providers are asked. */
  tenantCharged: boolean;
  missReason: CacheMissReason | undefined;
  /** The write was answered, but an earlier try of it was given up and may still arrive. */
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
  requestsTold: 0,
  tenantCharged: false,
  missReason: undefined,
  mayComeAgain: false,
});

/**
 * A call has one currency: that of the service billed first. Where nothing was billed it is that of the service which
 * the row names, or the costs of that service would show another currency as a second line.
 */
export const costOf = (
  { costMicros, costCurrency }: Pick<CallLedger, 'costMicros' | 'costCurrency'>,
  named: Pick<ExternalService, 'costPerCall'> | undefined,
): Money => {
  const nothing = noMoney(costCurrency ?? named?.costPerCall.currency ?? 'USD');
  return costMicros === 0 ? nothing : { ...nothing, micros: costMicros };
};
