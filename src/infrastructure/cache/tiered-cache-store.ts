import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { CacheHit, CacheMissReason, CacheStore } from '../../domain/cache/cache-store.ts';
import { isPurged } from '../../domain/cache/invalidation.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { CacheTier } from './cache-tier.ts';
import { hitCounter } from './hit-counter.ts';
import type { MemoryCacheTier } from './memory-cache-tier.ts';
import { purgeStamps } from './purge-stamps.ts';

type Deps = {
  readonly l1: MemoryCacheTier;
  readonly l2: CacheTier;
  readonly clock: Clock;
  /** Life in the first tier of what is read from the second. */
  readonly l1Ms: number;
  /** The second tier did not answer; counted and logged by state, not by call. */
  readonly onBrokenTier: (error: unknown) => void;
};

export type TieredCacheStore = CacheStore & {
  /** Writes the hit counts gathered so far. */
  readonly flush: () => Promise<void>;
};

/** Two tiers as one adapter. The first answers in the process; the second survives it and is shared. */
export const tieredCacheStore = ({ l1, l2, clock, l1Ms, onBrokenTier }: Deps): TieredCacheStore => {
  const stamps = purgeStamps(l2.stamps, clock, onBrokenTier);
  const counter = hitCounter();

  const guarded = async <A>(work: () => Promise<A>, otherwise: A): Promise<A> => {
    try {
      return await work();
    } catch (error) {
      onBrokenTier(error);
      return otherwise;
    }
  };

  const fromL2 = async (
    tenant: TenantId,
    key: string,
    stale: CacheEntry | undefined,
  ): Promise<CacheHit | CacheMissReason> => {
    const entry = await guarded(() => l2.find(tenant, key), undefined);
    const newest =
      entry === undefined || (stale !== undefined && stale.storedAt >= entry.storedAt) ? stale : entry;
    if (newest === undefined) return 'cold';
    if (isPurged(newest, await stamps.of(tenant))) return 'purged';
    if (clock.now() >= newest.goneAt) return 'expired';
    if (newest === stale) return { entry: newest, layer: 'l1' };
    l1.keep(tenant, newest, l1Ms);
    return { entry: newest, layer: 'l2' };
  };

  const find = async (tenant: TenantId, key: string): Promise<CacheHit | CacheMissReason> => {
    const near = l1.find(key);
    if (near === undefined) return fromL2(tenant, key, undefined);
    const known = stamps.of(tenant);
    if (isPurged(near, Array.isArray(known) ? known : await known)) {
      l1.remove(key);
      return fromL2(tenant, key, undefined);
    }
    // Another replica may have loaded what is stale here.
    return clock.now() < near.freshUntil ? { entry: near, layer: 'l1' } : fromL2(tenant, key, near);
  };

  return {
    find: async (tenant, key) => {
      const found = await find(tenant, key);
      counter.note(tenant, typeof found === 'string' ? undefined : found.layer, key);
      return found;
    },
    store: async (tenant, entry, limits) => {
      l1.keep(tenant, entry, limits.mayPersist ? limits.l1Ms : entry.goneAt - clock.now());
      if (limits.mayPersist) await guarded(() => l2.keep(tenant, entry), undefined);
    },
    remove: async (tenant, key) => {
      const near = l1.remove(key);
      return (await guarded(() => l2.remove(tenant, key), false)) || near;
    },
    // Not guarded: a purge that is not written down would be undone by the next replica or restart.
    invalidate: async (tenant, scope) => {
      const stamp = { scope, purgedAt: clock.now() };
      stamps.add(tenant, stamp);
      await l2.purge(tenant, stamp);
    },
    stats: async (tenant) => {
      const { l1: near, l2: far } = counter.of(tenant);
      return {
        l1: { entries: l1.size(tenant), ...near },
        l2: { entries: await guarded(() => l2.count(tenant), 0), ...far },
      };
    },
    flush: async () => {
      for (const [tenant, hits] of counter.takeHits())
        await guarded(() => l2.addHits(tenant, hits), undefined);
    },
  };
};
