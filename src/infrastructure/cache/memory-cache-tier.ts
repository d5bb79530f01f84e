import { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { Clock } from '../../domain/shared/clock.ts';

type Kept = { readonly entry: CacheEntry; readonly keptUntil: number; readonly tenant: string };

/** First tier in the process: bounded by number, least recently used leaves first. */
export type MemoryCacheTier = {
  readonly find: (key: string) => CacheEntry | undefined;
  /** Keeps the newer of two entries of a key: a slow load must not overwrite a later one. */
  readonly keep: (tenant: string, entry: CacheEntry, l1Ms: number) => void;
  readonly remove: (key: string) => boolean;
  readonly size: (tenant: string) => number;
};

export const memoryCacheTier = (maxEntries: number, clock: Clock): MemoryCacheTier => {
  const entries = new LRUCache<string, Kept>({ max: maxEntries });
  return {
    find: (key) => {
      const kept = entries.get(key);
      if (kept === undefined) return undefined;
      if (clock.now() < kept.keptUntil) return kept.entry;
      entries.delete(key);
      return undefined;
    },
    keep: (tenant, entry, l1Ms) => {
      const known = entries.peek(entry.key);
      if (known !== undefined && known.entry.storedAt > entry.storedAt) return;
      entries.set(entry.key, { entry, keptUntil: Math.min(clock.now() + l1Ms, entry.goneAt), tenant });
    },
    remove: (key) => entries.delete(key),
    size: (tenant) => {
      let count = 0;
      for (const kept of entries.values()) if (kept.tenant === tenant) count += 1;
      return count;
    },
  };
};
