import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import { scopeText, type PurgeStamp } from '../../src/domain/cache/invalidation.ts';
import type { CacheTier } from '../../src/infrastructure/cache/cache-tier.ts';

export type FakeCacheTier = CacheTier & {
  broken: boolean;
  /** By key. */
  readonly entries: Map<string, CacheEntry>;
  readonly finds: () => number;
  readonly hits: ReadonlyMap<string, number>;
};

const ownerOf = (key: string): string | undefined => key.split(':')[1];

/** A second tier that stores JSON, as a table would: what is read is never the object that was stored. */
export const fakeCacheTier = (): FakeCacheTier => {
  const entries = new Map<string, CacheEntry>();
  const stamps = new Map<string, Map<string, PurgeStamp>>();
  const hits = new Map<string, number>();
  const removals = new Map<string, number>();
  let finds = 0;
  const check = (): void => {
    if (tier.broken) throw new Error('the tier is away');
  };
  const tier: FakeCacheTier = {
    broken: false,
    entries,
    hits,
    finds: () => finds,
    find: async (tenant, key) => {
      check();
      finds += 1;
      const entry = ownerOf(key) === tenant ? entries.get(key) : undefined;
      return entry === undefined ? undefined : structuredClone(entry);
    },
    keep: async (_tenant, entry) => {
      check();
      const known = entries.get(entry.key);
      if (entry.storedAt < (removals.get(entry.key) ?? entry.storedAt)) return;
      if (known === undefined || known.storedAt <= entry.storedAt)
        entries.set(entry.key, structuredClone(entry));
    },
    remove: async (tenant, key, removedAt) => {
      check();
      if (ownerOf(key) !== tenant || !entries.delete(key)) return false;
      removals.set(key, removedAt);
      return true;
    },
    purge: async (tenant, stamp) => {
      check();
      const own = stamps.get(tenant) ?? new Map<string, PurgeStamp>();
      const known = own.get(scopeText(stamp.scope));
      if (known === undefined || known.purgedAt < stamp.purgedAt) own.set(scopeText(stamp.scope), stamp);
      stamps.set(tenant, own);
    },
    stamps: async (tenant) => {
      check();
      return [...(stamps.get(tenant)?.values() ?? [])];
    },
    count: async (tenant) => {
      check();
      return [...entries.keys()].filter((key) => ownerOf(key) === tenant).length;
    },
    addHits: async (_tenant, counts) => {
      check();
      for (const [key, count] of counts) hits.set(key, (hits.get(key) ?? 0) + count);
    },
  };
  return tier;
};
