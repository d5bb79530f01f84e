import type { TenantId } from '../shared/tenant-context.ts';
import type { CacheEntry } from './cache-entry.ts';

export type CacheLayer = 'l1' | 'l2';
export type CacheHit = { readonly entry: CacheEntry; readonly layer: CacheLayer };
/** Why there is nothing to serve, for the miss event. */
export type CacheMissReason = 'cold' | 'expired' | 'bypassed' | 'purged';

export type InvalidationScope = {
  readonly serviceName?: string;
  readonly operation?: string;
  readonly tag?: string;
};

export type CacheStats = {
  readonly l1: { readonly entries: number; readonly hits: number; readonly misses: number };
  readonly l2: { readonly entries: number; readonly hits: number; readonly misses: number };
};

/**
 * Two tiers behind one door. Guarantees, held by `cache-store.contract.ts`: the tenant is part of the
 * key; a lookup answers fresh, stale or nothing, never a gone entry; a broken tier never fails a read or
 * a write; an invalidated entry is not served again, whoever holds a copy.
 */
export type CacheStore = {
  /** The entry as stored, fresh or stale: the caller decides by `freshnessOf`. */
  readonly find: (tenant: TenantId, key: string) => Promise<CacheHit | CacheMissReason>;
  /** `l1Ms` caps the life in the first tier. */
  readonly store: (tenant: TenantId, entry: CacheEntry, l1Ms: number) => Promise<void>;
  readonly remove: (tenant: TenantId, key: string) => Promise<boolean>;
  /** Purges by time stamp, without scanning. Empty scope: everything of the tenant. */
  readonly invalidate: (tenant: TenantId, scope: InvalidationScope) => Promise<void>;
  readonly stats: (tenant: TenantId) => Promise<CacheStats>;
};
