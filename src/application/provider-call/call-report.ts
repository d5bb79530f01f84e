import type { CacheMissReason, CacheLayer } from '../../domain/cache/cache-store.ts';
import type { Attempt } from '../../domain/provider/provider-error.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import type { Money } from '../../domain/shared/money.ts';

/**
 * How the cache took part in an answer. `collapsed`: the call waited for an equal one that was already in progress
 * (request collapsing). `isForwarded` false: the caller did not want a provider to be asked.
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
 * The status in one word, the same in the answer and in the trail: as in `Cache-Status` (RFC 9211), a cache that was
 * bypassed on request counts as `bypass`, whether or not the new answer is stored.
 */
export const cacheWordOf = (cache: CacheReport): CacheReport['status'] =>
  cache.status === 'miss' && cache.reason === 'bypassed' ? 'bypass' : cache.status;

/** Milliseconds spent in each part, for the Server-Timing header. */
export type Timings = { cache: number; quota: number; provider: number; journal: number; total: number };

/** What happened during one call, whatever its outcome. Source of response headers, `meta`, trail and metrics. */
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
  /** Writes only: an earlier try was given up and may still arrive. */
  readonly mayComeAgain?: true;
  /** The licence of the answering provider forbids to store the answer. */
  readonly isWithheld?: true;
};
