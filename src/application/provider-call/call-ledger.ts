import type { CacheMissReason } from '../../domain/cache/cache-store.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { Attempt } from '../../domain/provider/provider-error.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import { noMoney, type Money } from '../../domain/shared/money.ts';
import type { Timings } from './call-report.ts';

/**
 * Mutable record of one call: the stages write it, and the journal reads it once at the end. A flight shared by equal
 * calls has a ledger of its own, which exactly one of those calls takes over.
 */
export type CallLedger = {
  readonly logId: string;
  readonly attempts: Attempt[];
  readonly timings: Timings;
  /** Quota windows of the services that were asked, in their latest state. */
  windows: readonly WindowState[];
  /** Windows that refused this call, for `integration.rate_limit.exceeded` events. */
  readonly refusals: { readonly serviceName: string; readonly window: WindowState }[];
  /** `costMicros` is in `costCurrency`, the currency of the service that was billed first. */
  costMicros: number;
  costCurrency: string | undefined;
  /** Requests that left for a provider, retries included, and how many of these are billed. */
  callsSent: number;
  callsBilled: number;
  /**
   * Requests whose quota this call paid at departure (only operations with `paysWhenItLeaves`). A call whose rows
   * travelled in another call's request paid for none, unless it stands in for the payer (`CallQuota.standFor`).
   */
  requestsPaid: number;
  /**
   * Requests paid by other calls but recorded by this one, because it alone saw how they ended (`CallQuota.tellOf`).
   */
  requestsTold: number;
  /** The tenant's own limit is charged once per call, however many providers are asked. */
  tenantCharged: boolean;
  missReason: CacheMissReason | undefined;
  /** The write succeeded, but an earlier try of it was given up and may still arrive. */
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
  callsSent: 0,
  callsBilled: 0,
  requestsPaid: 0,
  requestsTold: 0,
  tenantCharged: false,
  missReason: undefined,
  mayComeAgain: false,
});

/**
 * Total cost of a call, in one currency: that of the service billed first. If nothing was billed, it is the currency of
 * the service named in the audit row; otherwise a zero in another currency would show up in the costs of that service.
 */
export const costOf = (
  { costMicros, costCurrency }: Pick<CallLedger, 'costMicros' | 'costCurrency'>,
  named: Pick<ExternalService, 'costPerCall'> | undefined,
): Money => {
  const nothing = noMoney(costCurrency ?? named?.costPerCall.currency ?? 'USD');
  return costMicros === 0 ? nothing : { ...nothing, micros: costMicros };
};
