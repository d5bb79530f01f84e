import { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** What was removed by its key: a load that was under way then is neither stored nor shared with newcomers. */
export type RecentRemovals = {
  readonly note: (tenant: TenantId, key: string, removedAt: number) => void;
  /** When it last was; undefined: not lately. */
  readonly lastOf: (tenant: TenantId, key: string) => number | undefined;
  /** Whether it was stored before such a removal. */
  readonly covers: (tenant: TenantId, entry: CacheEntry | undefined) => boolean;
};

/** Loads take seconds; so many entries are not removed one by one meanwhile. */
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

/** A key with its tenant. A space stands in no tenant id. */
export const ofTenant = (tenant: TenantId, key: string): string => `${tenant} ${key}`;
