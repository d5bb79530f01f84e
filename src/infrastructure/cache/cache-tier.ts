import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { PurgeStamp } from '../../domain/cache/invalidation.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** A second tier as the tiered store sees it. May reject: the store goes on without it. */
export type CacheTier = {
  readonly find: (tenant: TenantId, key: string) => Promise<CacheEntry | undefined>;
  readonly keep: (tenant: TenantId, entry: CacheEntry) => Promise<void>;
  readonly remove: (tenant: TenantId, key: string) => Promise<boolean>;
  readonly purge: (tenant: TenantId, stamp: PurgeStamp) => Promise<void>;
  readonly stamps: (tenant: TenantId) => Promise<readonly PurgeStamp[]>;
  readonly count: (tenant: TenantId) => Promise<number>;
  /** Adds to the hit counts of entries, by key. */
  readonly addHits: (tenant: TenantId, hits: ReadonlyMap<string, number>) => Promise<void>;
};
