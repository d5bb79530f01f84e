import { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** Entries removed by key: a load that was under way at the time is neither stored nor shared with later callers. */
export type RecentRemovals = {
  readonly note: (tenant: TenantId, key: string, removedAt: number) => void;
  /** When the key was last removed; undefined if not recently. */
  readonly lastOf: (tenant: TenantId, key: string) => number | undefined;
  /** Whether the entry was stored before such a removal. */
  readonly covers: (tenant: TenantId, entry: CacheEntry | undefined) => boolean;
};

/** Loads take seconds, during which no more entries than this are removed one by one. */
const MOST_REMOVALS = 1_000;

export const recentRemovals = (): RecentRemovals => {
  const removed = new LRUCache<string, number>({ max: MOST_REMOVALS });
  const lastOf = (tenant: TenantId, key: string): number | undefined => removed.get(ofTenant(tenant, key));
  return {
    note: (tenant, key, removedAt) =>
      void removed.set(ofTenant(tenant, key), Math.max(removedAt, lastOf(tenant, key) ?? removedAt)),
    lastOf,
    covers: (tenant, entry) =>
      entry !== undefined &&
      removed.size > 0 &&
      entry.storedAt < (lastOf(tenant, entry.key) ?? entry.storedAt),
  };
};

/** A key with its tenant. No tenant id contains a space. */
export const ofTenant = (tenant: TenantId, key: string): string => `${tenant} ${key}`;
