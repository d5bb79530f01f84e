import { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { StoreLimits } from '../../domain/cache/cache-store.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { FirstTier, Glance } from './cache-tier.ts';
import { weightOf } from './weight-of.ts';

type Kept = { readonly entry: CacheEntry; readonly keptUntil: number; readonly tenant: TenantId };

/** Bytes budgeted for each entry: a geocode takes about 3 kB. A range of cells may take a thousand times as much. */
const ROOM_OF_ONE = 4_096;
/** The least budget in all: even with few entries allowed, the largest answer that may be cached fits. */
const LEAST_ROOM = 32 * 1024 * 1024;

/**
 * First tier in the memory of this process: an LRU cache bounded by number of entries and by bytes. The key of another
 * tenant finds nothing.
 */
export type MemoryCacheTier = Pick<FirstTier, 'drop'> & {
  readonly find: (tenant: TenantId, key: string) => Glance;
  readonly keep: (tenant: TenantId, entry: CacheEntry, limits: StoreLimits) => void;
  readonly copy: (tenant: TenantId, entry: CacheEntry, l1Ms: number) => void;
  readonly remove: (tenant: TenantId, key: string) => boolean;
  readonly size: (tenant: TenantId) => number;
};

const NOTHING: Glance = { entry: undefined };

export const memoryCacheTier = (maxEntries: number, clock: Pick<Clock, 'now'>): MemoryCacheTier => {
  const entries = new LRUCache<string, Kept>({
    max: maxEntries,
    maxSize: Math.max(LEAST_ROOM, maxEntries * ROOM_OF_ONE),
    sizeCalculation: ({ entry }) => weightOf(entry),
  });
  const isLive = ({ keptUntil }: Kept): boolean => clock.now() < keptUntil;
  const remove = (tenant: TenantId, key: string): boolean =>
    entries.peek(key)?.tenant === tenant && entries.delete(key);
  const set = (tenant: TenantId, entry: CacheEntry, lifeMs: number): void => {
    const known = entries.peek(entry.key);
    if (known !== undefined && known.entry.storedAt > entry.storedAt) return;
    entries.set(entry.key, { entry, keptUntil: Math.min(clock.now() + lifeMs, entry.goneAt), tenant });
  };
  return {
    find: (tenant, key) => {
      const kept = entries.get(key);
      if (kept === undefined || kept.tenant !== tenant) return NOTHING;
      if (isLive(kept)) return kept;
      entries.delete(key);
      return NOTHING;
    },
    // What may not be stored anywhere else is kept here for its whole life.
    keep: (tenant, entry, { l1Ms, mayPersist }) =>
      set(tenant, entry, mayPersist ? l1Ms : entry.goneAt - clock.now()),
    copy: set,
    remove,
    drop: remove,
    size: (tenant) => {
      let count = 0;
      for (const kept of entries.values()) if (kept.tenant === tenant && isLive(kept)) count += 1;
      return count;
    },
  };
};
