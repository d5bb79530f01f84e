import type { ProviderName } from '../external-service/external-service.ts';

/** `fresh` may be served freely, `stale` only when every provider fails, `gone` never. */
export type Freshness = 'fresh' | 'stale' | 'gone';

/** A stored answer of one provider for one tenant. `value` is decoded by the operation before use. */
export type CacheEntry = {
  /** Starts with tenant and operation; built in cache-key.ts only. */
  readonly key: string;
  readonly value: unknown;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly provider: ProviderName;
  /**
   * Services of which something stands in the value as well, by id. The second tier does not keep them: what is
   * written down is by leave of all.
   */
  readonly alsoFrom?: readonly string[];
  readonly operation: string;
  readonly tags: readonly string[];
  /** Log id of the call that loaded it: what a hit's audit row refers to. */
  readonly loadedBy: string;
  /** Epoch milliseconds. */
  readonly storedAt: number;
  /** Serve freely until here. */
  readonly freshUntil: number;
  /** Keep until here, for the grace time. */
  readonly goneAt: number;
};

/** Pure definition of the entry's life; adapters and stages call it and nothing else. */
export const freshnessOf = (entry: Pick<CacheEntry, 'freshUntil' | 'goneAt'>, now: number): Freshness =>
  now < entry.freshUntil ? 'fresh' : now < entry.goneAt ? 'stale' : 'gone';

export const ageSeconds = (entry: Pick<CacheEntry, 'storedAt'>, now: number): number =>
  Math.max(0, Math.floor((now - entry.storedAt) / 1000));
