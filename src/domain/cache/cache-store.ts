import type { TenantId } from '../shared/tenant-context.ts';
import type { CacheEntry } from './cache-entry.ts';

export type CacheLayer = 'l1' | 'l2';
export type CacheHit = { readonly entry: CacheEntry; readonly layer: CacheLayer };
/** Why nothing can be served; reported in the `integration.cache.miss` event. */
export type CacheMissReason = 'cold' | 'expired' | 'bypassed' | 'purged';

export type InvalidationScope = {
  /** Name or id of a service. The id also covers entries loaded while the service had another name. */
  readonly serviceName?: string;
  readonly operation?: string;
  readonly tag?: string;
};

export type CacheStats = {
  readonly l1: { readonly entries: number; readonly hits: number; readonly misses: number };
  readonly l2: { readonly entries: number; readonly hits: number; readonly misses: number };
};

/**
 * `l1Ms`: longest life in the first tier, in milliseconds. `mayPersist` false: the licence forbids to write the answer
 * to disk, so the second tier does not get it.
 */
export type StoreLimits = { readonly l1Ms: number; readonly mayPersist: boolean };

/**
 * Two cache tiers (L1 in memory or Redis, L2 in PostgreSQL) behind one interface. Guarantees, held by
 * `cache-store.contract.ts`: keys include the tenant; a lookup returns a fresh or a stale entry or none, never one that
 * is gone; an unavailable tier never fails a read or a write; an invalidated entry is not served again, whichever
 * replica holds a copy.
 */
export type CacheStore = {
  /**
   * The entry, fresh or stale, or why there is none. The caller decides by `freshnessOf`. Never rejects for a lost
   * tier.
   */
  readonly find: (tenant: TenantId, key: string) => Promise<CacheHit | CacheMissReason>;
  /**
   * The entry is visible in this process at once. Resolves when every tier that may hold it has stored it or failed to.
   */
  readonly store: (tenant: TenantId, entry: CacheEntry, limits: StoreLimits) => Promise<void>;
  /** Also discards the result of a load under way that was started before. True when there was an entry. */
  readonly remove: (tenant: TenantId, key: string) => Promise<boolean>;
  /**
   * Removes an entry that cannot be used, such as one that does not decode. Unlike `remove` it does not affect loads
   * under way. Never rejects.
   */
  readonly discard: (tenant: TenantId, key: string) => Promise<void>;
  /**
   * Purges by time stamp, without scanning entries. An empty scope covers everything of the tenant. Takes effect in
   * this process at once, but rejects when the second tier cannot store the purge, since a restart would then undo it.
   */
  readonly invalidate: (tenant: TenantId, scope: InvalidationScope) => Promise<void>;
  /** Resolves when this process knows the purges made on other replicas, as a lookup would. Never rejects. */
  readonly learnPurges: (tenant: TenantId) => Promise<void>;
  /** Resolves when no `store` for this key is in progress any more. Never rejects. */
  readonly stored: (tenant: TenantId, key: string) => Promise<void>;
  /**
   * Whether any purge of the tenant, or a removal of this key, happened at or after this moment, as far as this process
   * knows. Synchronous. One cannot ask about a time span: of several purges of one scope only the last is known.
   */
  readonly wasPurgedSince: (tenant: TenantId, epochMs: number, key?: string) => boolean;
  readonly stats: (tenant: TenantId) => Promise<CacheStats>;
};
