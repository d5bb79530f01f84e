import type { CacheLayer, CacheMissReason } from '../../domain/cache/cache-store.ts';
import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { Attempt, CallError } from '../../domain/provider/provider-error.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { Money } from '../../domain/shared/money.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';

/** The caller's Cache-Control, as far as a gateway obeys it (RFC 9111 section 5.2.1). */
export type CacheDirective = {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeSeconds: number | undefined;
  /** So long past its life an answer is taken at once; Infinity: however long. */
  readonly maxStaleSeconds?: number;
  /** So much of its life an answer has still before it. */
  readonly minFreshSeconds?: number;
};
export const anyCache: CacheDirective = {
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeSeconds: undefined,
};

/** Who waits for an answer, and may go away before it comes. */
export type Caller = {
  readonly isGone: () => boolean;
  /** Called once, when the caller goes away. Returns what takes the listener back. */
  readonly whenGone: (listener: () => void) => () => void;
};

export type CallOptions = {
  readonly cache: CacheDirective;
  /** Left out where nobody waits at the other end of a connection. */
  readonly caller?: Caller;
  /** Milliseconds all attempts together may take; capped by the service's own maximum. */
  readonly deadlineMs: number | undefined;
};

/** Of a caller who asks for nothing in particular. */
export const plainOptions: CallOptions = { cache: anyCache, deadlineMs: undefined };

/**
 * Where the answer came from. `collapsed`: it waited for an equal call that was already under way. `isForwarded`
 * false: the caller wanted no provider to be asked.
 */
export type CacheReport =
  | {
      readonly status: 'hit' | 'stale';
      readonly layer: CacheLayer;
      readonly ageSeconds: number;
      readonly ttlSeconds: number;
      readonly key: string;
    }
  | {
      readonly status: 'miss';
      readonly reason: CacheMissReason;
      readonly collapsed: boolean;
      readonly stored: boolean;
      readonly key: string;
      readonly isForwarded?: false;
    }
  | { readonly status: 'bypass'; readonly key: string | undefined };

/** Milliseconds spent, for Server-Timing. */
export type Timings = { cache: number; quota: number; provider: number; journal: number; total: number };

/** What happened to one call, whatever its outcome: headers, `meta`, trail and metrics all read it. */
export type CallReport = {
  readonly logId: string;
  readonly provider: string | undefined;
  readonly serviceId: string | undefined;
  readonly serviceName: string | undefined;
  readonly cache: CacheReport;
  readonly attempts: readonly Attempt[];
  readonly cost: Money;
  readonly windows: readonly WindowState[];
  readonly timings: Readonly<Timings>;
  /** Of a write: a try before the one that was answered was given up, and may yet arrive. */
  readonly mayComeAgain?: true;
  /** The licence of who gave the answer forbids to save it. */
  readonly isWithheld?: true;
};

export type Answered<Res> = { readonly value: Res; readonly report: CallReport };
export type FailedCall = {
  readonly kind: 'failed-call';
  readonly error: CallError;
  readonly report: CallReport;
};

/** What a caller wants, and how. */
export type Asked<Req> = { readonly request: Req; readonly options: CallOptions };
export type OperationRequest<Req> = Asked<Req> & { readonly ctx: TenantContext };

export type CompletedCall<Res> = AsyncResult<FailedCall, Answered<Res>>;
/** What the use cases call: one operation through all stages, from the plan to the committed answer. */
export type CompleteOperation<Req, Res> = (
  request: OperationRequest<Req>,
  plan: ProviderPlan,
) => CompletedCall<Res>;
