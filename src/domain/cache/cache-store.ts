import type { TenantId } from '../shared/tenant-context.ts';
import type { CacheEntry } from './cache-entry.ts';

export type CacheLayer = 'l1' | 'l2';
export type CacheHit = { readonly entry: CacheEntry; readonly layer: CacheLayer };
/** Why there is nothing to serve, for the miss event. */
export type CacheMissReason = 'cold' | 'expired' | 'bypassed' | 'purged';

export type InvalidationScope = {
  /** Or its id, which also covers what it loaded under another name. */
  readonly serviceName?: string;
  readonly operation?: string;
  readonly tag?: string;
};

export type CacheStats = {
  readonly l1: { readonly entries: number; readonly hits: number; readonly misses: number };
  readonly l2: { readonly entries: number; readonly hits: number; readonly misses: number };
};

/** `l1Ms` caps the life in the first tier; without `mayPersist` nothing is written to disk (licence). */
export type StoreLimits = { readonly l1Ms: number; readonly mayPersist: boolean };

/**
 * Two tiers behind one door. Guarantees, held by `cache-store.contract.ts`: the tenant is part of the
 * key; a lookup answers fresh, stale or nothing, never a gone entry; a broken tier never fails a read or
 * a write; an invalidated entry is not served again, whoever holds a copy.
 */
export type CacheStore = {
  /** The entry as stored, fresh or stale: the caller decides by `freshnessOf`. */
  readonly find: (tenant: TenantId, key: string) => Promise<CacheHit | CacheMissReason>;
  /** Visible in this process at once; resolves when every tier that may have it has it, or has failed to. */
  readonly store: (tenant: TenantId, entry: CacheEntry, limits: StoreLimits) => Promise<void>;
  /** Also what is loaded meanwhile, if it was asked for before. */
  readonly remove: (tenant: TenantId, key: string) => Promise<boolean>;
  /** Removes what is of no use. Nobody asked for that: loads under way are shared as ever. Never rejects. */
  readonly discard: (tenant: TenantId, key: string) => Promise<void>;
  /** Purges by time stamp, without scanning. Empty scope: everything of the tenant. */
  readonly invalidate: (tenant: TenantId, scope: InvalidationScope) => Promise<void>;
  /** Resolves when purges made elsewhere are known here, as by a lookup. Never rejects. */
  readonly learnPurges: (tenant: TenantId) => Promise<void>;
  /** Resolves when nothing that was given to `store` for this key is on its way any more. Never rejects. */
  readonly stored: (tenant: TenantId, key: string) => Promise<void>;
  /**
   * Whether anything of the tenant was purged, or what lay under the key removed, at this moment or later, as far as is
   * known here: at once. Until when cannot be asked, since of purges of one scope only the last is known.
   */
  readonly wasPurgedSince: (tenant: TenantId, epochMs: number, key?: string) => boolean;
  readonly stats: (tenant: TenantId) => Promise<CacheStats>;
};
