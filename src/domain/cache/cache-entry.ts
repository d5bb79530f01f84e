import type { ProviderName } from '../external-service/external-service.ts';

/** `fresh` may be served at any time, `stale` only when every provider fails (stale-if-error), `gone` never. */
export type Freshness = 'fresh' | 'stale' | 'gone';

/**
 * A cached answer of one provider for one tenant. The operation decodes `value` before use, as it does any foreign
 * data.
 */
export type CacheEntry = {
  /** Begins with tenant and operation; built only in cache-key.ts. */
  readonly key: string;
  readonly value: unknown;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly provider: ProviderName;
  /**
   * Ids of other services whose matches are part of `value`, since their licences apply too. The second tier does not
   * store this field: it only holds answers that every licence allows to be stored.
   */
  readonly alsoFrom?: readonly string[];
  readonly operation: string;
  readonly tags: readonly string[];
  /** Log id of the call that loaded the entry; the audit row of a cache hit refers to it. */
  readonly loadedBy: string;
  /** Epoch milliseconds at which the provider was asked. */
  readonly storedAt: number;
  /** End of freshness, epoch milliseconds. */
  readonly freshUntil: number;
  /** End of the grace period in which the stale entry may still be served, epoch milliseconds. */
  readonly goneAt: number;
};

/** The only definition of an entry's freshness, shared by all adapters and stages. */
export const freshnessOf = (entry: Pick<CacheEntry, 'freshUntil' | 'goneAt'>, now: number): Freshness =>
  now < entry.freshUntil ? 'fresh' : now < entry.goneAt ? 'stale' : 'gone';

export const ageSeconds = (entry: Pick<CacheEntry, 'storedAt'>, now: number): number =>
  Math.max(0, Math.floor((now - entry.storedAt) / 1000));
