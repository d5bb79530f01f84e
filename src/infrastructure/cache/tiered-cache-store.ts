import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type {
  CacheHit,
  CacheMissReason,
  CacheStats,
  CacheStore,
  InvalidationScope,
  StoreLimits,
} from '../../domain/cache/cache-store.ts';
import { isPurged } from '../../domain/cache/invalidation.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { CacheTier } from './cache-tier.ts';
import { hitCounter, type HitCounter } from './hit-counter.ts';
import type { MemoryCacheTier } from './memory-cache-tier.ts';
import { purgeStamps, type PurgeStamps } from './purge-stamps.ts';

type Deps = {
  readonly l1: MemoryCacheTier;
  readonly l2: CacheTier;
  readonly clock: Clock;
  /** Life in the first tier of what is read from the second. */
  readonly l1Ms: number;
  /** The second tier did not answer; counted and logged by state, not by call. */
  readonly onBrokenTier: (error: unknown) => void;
  /** It did. */
  readonly onWorkingTier?: () => void;
};

type Found = CacheHit | CacheMissReason;

/** Two tiers as one adapter. The first answers in the process; the second survives it and is shared. */
export class TieredCacheStore implements CacheStore {
  readonly #deps: Deps;
  readonly #stamps: PurgeStamps;
  readonly #counter: HitCounter = hitCounter();
  #removals = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#stamps = purgeStamps(deps.l2.stamps, deps.clock, deps.onBrokenTier);
  }

  async find(tenant: TenantId, key: string): Promise<Found> {
    const found = await this.#find(tenant, key);
    this.#counter.note(tenant, typeof found === 'string' ? undefined : found.layer, key);
    return found;
  }

  async store(tenant: TenantId, entry: CacheEntry, { mayPersist, l1Ms }: StoreLimits): Promise<void> {
    const { l1, l2, clock } = this.#deps;
    l1.keep(tenant, entry, mayPersist ? l1Ms : entry.goneAt - clock.now());
    if (mayPersist) await this.#guarded(() => l2.keep(tenant, entry), undefined);
  }

  async remove(tenant: TenantId, key: string): Promise<boolean> {
    const { l1, l2 } = this.#deps;
    const near = l1.remove(tenant, key);
    const far = await this.#guarded(() => l2.remove(tenant, key), false);
    // A lookup that had read the second tier before must not leave what it found in the first.
    this.#removals += 1;
    l1.remove(tenant, key);
    return near || far;
  }

  /** Rejects when the second tier is away: a purge that is not written down would be undone by the next restart. */
  async invalidate(tenant: TenantId, scope: InvalidationScope): Promise<void> {
    const { l2, clock } = this.#deps;
    const stamp = { scope, purgedAt: clock.now() };
    this.#stamps.add(tenant, stamp);
    await l2.purge(tenant, stamp);
  }

  async stats(tenant: TenantId): Promise<CacheStats> {
    const { l1, l2 } = this.#deps;
    const counted = this.#counter.of(tenant);
    return {
      l1: { entries: l1.size(tenant), ...counted.l1 },
      l2: { entries: await this.#guarded(() => l2.count(tenant), 0), ...counted.l2 },
    };
  }

  /** Writes the hit counts gathered so far. */
  async flush(): Promise<void> {
    for (const [tenant, hits] of this.#counter.takeHits())
      await this.#guarded(() => this.#deps.l2.addHits(tenant, hits), undefined);
  }

  async #find(tenant: TenantId, key: string): Promise<Found> {
    const { l1, clock } = this.#deps;
    const near = l1.find(tenant, key);
    if (near === undefined) return this.#fromL2(tenant, key, undefined, 'cold');
    const stamps = this.#stamps.of(tenant);
    if (isPurged(near, stamps instanceof Promise ? await stamps : stamps)) {
      l1.remove(tenant, key);
      return this.#fromL2(tenant, key, undefined, 'purged');
    }
    // Another replica may have loaded what is stale here.
    return clock.now() < near.freshUntil
      ? { entry: near, layer: 'l1' }
      : this.#fromL2(tenant, key, near, 'cold');
  }

  async #fromL2(
    tenant: TenantId,
    key: string,
    near: CacheEntry | undefined,
    otherwise: CacheMissReason,
  ): Promise<Found> {
    const { l1, l2, clock, l1Ms } = this.#deps;
    const removals = this.#removals;
    const far = await this.#guarded(() => l2.find(tenant, key), undefined);
    const newest = far === undefined || (near !== undefined && near.storedAt >= far.storedAt) ? near : far;
    if (newest === undefined) return otherwise;
    if (isPurged(newest, await this.#stamps.of(tenant))) return 'purged';
    if (clock.now() >= newest.goneAt) return 'expired';
    if (newest === near) return { entry: newest, layer: 'l1' };
    // It may have been purged before this process began, or elsewhere: without the stamps nobody knows.
    if (!this.#stamps.areKnown(tenant)) return 'cold';
    if (removals === this.#removals) l1.keep(tenant, newest, l1Ms);
    return { entry: newest, layer: 'l2' };
  }

  async #guarded<A>(work: () => Promise<A>, otherwise: A): Promise<A> {
    try {
      const answer = await work();
      this.#deps.onWorkingTier?.();
      return answer;
    } catch (error) {
      this.#deps.onBrokenTier(error);
      return otherwise;
    }
  }
}
