import { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

type Kept = { readonly entry: CacheEntry; readonly keptUntil: number; readonly tenant: TenantId };

/** First tier in the process: bounded by number, least recently used leaves first. Another tenant's key finds nothing. */
export type MemoryCacheTier = {
  readonly find: (tenant: TenantId, key: string) => CacheEntry | undefined;
  /** Keeps the newer of two entries of a key: a slow load must not overwrite a later one. */
  readonly keep: (tenant: TenantId, entry: CacheEntry, l1Ms: number) => void;
  readonly remove: (tenant: TenantId, key: string) => boolean;
  readonly size: (tenant: TenantId) => number;
};

export const memoryCacheTier = (maxEntries: number, clock: Clock): MemoryCacheTier => {
  const entries = new LRUCache<string, Kept>({ max: maxEntries });
  const isLive = ({ keptUntil }: Kept): boolean => clock.now() < keptUntil;
  return {
    find: (tenant, key) => {
      const kept = entries.get(key);
      if (kept === undefined || kept.tenant !== tenant) return undefined;
      if (isLive(kept)) return kept.entry;
      entries.delete(key);
      return undefined;
    },
    keep: (tenant, entry, l1Ms) => {
      const known = entries.peek(entry.key);
      if (known !== undefined && known.entry.storedAt > entry.storedAt) return;
      entries.set(entry.key, { entry, keptUntil: Math.min(clock.now() + l1Ms, entry.goneAt), tenant });
    },
    remove: (tenant, key) => entries.peek(key)?.tenant === tenant && entries.delete(key),
    size: (tenant) => {
      let count = 0;
      for (const kept of entries.values()) if (kept.tenant === tenant && isLive(kept)) count += 1;
      return count;
    },
  };
};
