import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import { scopeText, type PurgeStamp } from '../../src/domain/cache/invalidation.ts';
import type { CacheTier } from '../../src/infrastructure/cache/cache-tier.ts';

export type FakeCacheTier = CacheTier & {
  broken: boolean;
  readonly entries: Map<string, CacheEntry>;
  readonly finds: () => number;
};

/** A second tier that keeps JSON, as a table would: what comes out is never the object that went in. */
export const fakeCacheTier = (): FakeCacheTier => {
  const entries = new Map<string, CacheEntry>();
  const stamps = new Map<string, Map<string, PurgeStamp>>();
  const hits = new Map<string, number>();
  let finds = 0;
  const check = (): void => {
    if (tier.broken) throw new Error('the tier is away');
  };
  const tier: FakeCacheTier = {
    broken: false,
    entries,
    finds: () => finds,
    find: async (_tenant, key) => {
      check();
      finds += 1;
      const entry = entries.get(key);
      return entry === undefined ? undefined : structuredClone(entry);
    },
    keep: async (_tenant, entry) => {
      check();
      entries.set(entry.key, structuredClone(entry));
    },
    remove: async (_tenant, key) => {
      check();
      return entries.delete(key);
    },
    purge: async (tenant, stamp) => {
      check();
      const own = stamps.get(tenant) ?? new Map<string, PurgeStamp>();
      own.set(scopeText(stamp.scope), stamp);
      stamps.set(tenant, own);
    },
    stamps: async (tenant) => {
      check();
      return [...(stamps.get(tenant)?.values() ?? [])];
    },
    count: async (tenant) => {
      check();
      return [...entries.keys()].filter((key) => key.includes(`:${tenant}:`)).length;
    },
    addHits: async (_tenant, counts) => {
      check();
      for (const [key, count] of counts) hits.set(key, (hits.get(key) ?? 0) + count);
    },
  };
  return tier;
};
