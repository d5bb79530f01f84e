import type { CacheMissReason, CacheLayer } from '../../domain/cache/cache-store.ts';
import type { Attempt } from '../../domain/provider/provider-error.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { Money } from '../../domain/shared/money.ts';

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

/**
 * In one word, for answer and trail alike, and as `Cache-Status` says: what is cached was passed by, whether or not the
 * answer is stored.
 */
export const cacheWordOf = (cache: CacheReport): CacheReport['status'] =>
  cache.status === 'miss' && cache.reason === 'bypassed' ? 'bypass' : cache.status;

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
  /** Of a write: an earlier try was given up and may still arrive. */
  readonly mayComeAgain?: true;
  /** The licence of the provider that answered forbids to save the answer. */
  readonly isWithheld?: true;
};
