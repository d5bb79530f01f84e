import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type {
  CacheHit,
  CacheMissReason,
  CacheStats,
  CacheStore,
  InvalidationScope,
  StoreLimits,
} from '../../domain/cache/cache-store.ts';
import { EVERYTHING, isPurged } from '../../domain/cache/invalidation.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { CacheTier, FirstTier, Glance, SharedPurges } from './cache-tier.ts';
import { forgivingCacheTier, type TierNews } from './forgiving-cache-tier.ts';
import { hitCounter, type HitCounter } from './hit-counter.ts';
import { PurgeStamps } from './purge-stamps.ts';
import { ofTenant, recentRemovals } from './recent-removals.ts';

type Deps = TierNews & {
  readonly l1: FirstTier;
  readonly l2: CacheTier;
  /** Publishes purges to all replicas at once; without it they notice a purge within two seconds. */
  readonly sharedPurges?: SharedPurges | undefined;
  /** The clock by which all replicas date entries. */
  readonly clock: Clock;
  /** The time for purges by the same clock: the latest that any replica may believe it to be. */
  readonly latest?: () => number;
  /** Resolves when the clock is past this time. */
  readonly passed?: (epochMs: number) => Promise<void>;
  /** TTL in the first tier of entries read from the second. */
  readonly l1Ms: number;
};

type Found = CacheHit | CacheMissReason;

/**
 * Both tiers as one adapter. The first answers at once, from memory or Redis; the second is shared and survives a
 * restart.
 */
export class TieredCacheStore implements CacheStore {
  readonly #deps: Deps;
  readonly #stamps: PurgeStamps;
  readonly #counter: HitCounter = hitCounter();
  readonly #removed = recentRemovals();
  /** Writes under way, by tenant and key. */
  readonly #storing = new Map<string, Promise<void>>();
  #removals = 0;

  constructor(deps: Deps) {
    const { l1, sharedPurges, clock, onBrokenTier } = deps;
    const l2 = forgivingCacheTier(deps.l2, deps);
    this.#deps = { ...deps, l2 };
    this.#stamps = new PurgeStamps({ load: l2.stamps, shared: sharedPurges, clock, onBroken: onBrokenTier });
    l1.onForgotten?.((tenant, removedAt) => this.#purgeInstead(tenant, removedAt));
  }

  async find(tenant: TenantId, key: string): Promise<Found> {
    const found = await this.#find(tenant, key);
    this.#counter.note(tenant, typeof found === 'string' ? undefined : found.layer, key);
    return found;
  }

  store(tenant: TenantId, entry: CacheEntry, limits: StoreLimits): Promise<void> {
    const at = ofTenant(tenant, entry.key);
    const storing = this.#store(tenant, entry, limits).finally(() => {
      if (this.#storing.get(at) === storing) this.#storing.delete(at);
    });
    this.#storing.set(at, storing);
    return storing;
  }

  async stored(tenant: TenantId, key: string): Promise<void> {
    await this.#storing.get(ofTenant(tenant, key))?.catch(() => undefined);
  }

  async #store(tenant: TenantId, entry: CacheEntry, limits: StoreLimits): Promise<void> {
    const { l1, l2 } = this.#deps;
    if (this.#removed.covers(tenant, entry)) return;
    const near = l1.keep(tenant, entry, limits);
    if (limits.mayPersist) await l2.keep(tenant, entry);
    await near;
  }

  async remove(tenant: TenantId, key: string): Promise<boolean> {
    const { clock, latest, passed } = this.#deps;
    const removedAt = (latest ?? clock.now)();
    this.#removed.note(tenant, key, removedAt);
    const wasThere = await this.#removeFromTiers(tenant, key, removedAt);
    // So that every load which begins from now on is dated after the removal.
    if (wasThere) await passed?.(removedAt);
    return wasThere;
  }

  async discard(tenant: TenantId, key: string): Promise<void> {
    const { clock, latest } = this.#deps;
    await this.#removeFromTiers(tenant, key, (latest ?? clock.now)());
  }

  async #removeFromTiers(tenant: TenantId, key: string, removedAt: number): Promise<boolean> {
    const { l1, l2 } = this.#deps;
    const far = await l2.remove(tenant, key, removedAt);
    // A lookup that read the second tier before the removal must not copy what it found into the first.
    this.#removals += 1;
    const near = await l1.remove(tenant, key);
    return near || far;
  }

  /**
   * Rejects when the second tier is away: a purge that is not stored would be undone by the next restart. Until then it
   * is in effect here and wherever it could be published. Resolves when every load that begins from now on is dated
   * after the purge, and so is not purged by it.
   */
  async invalidate(tenant: TenantId, scope: InvalidationScope): Promise<void> {
    const { l2, clock, latest, passed } = this.#deps;
    const stamp = { scope: this.#stamps.widened(tenant, scope), purgedAt: (latest ?? clock.now)() };
    this.#stamps.add(tenant, stamp);
    try {
      await l2.purge(tenant, stamp);
    } finally {
      await this.#stamps.tell(tenant);
    }
    await passed?.(stamp.purgedAt);
  }

  async learnPurges(tenant: TenantId): Promise<void> {
    await this.#stamps.of(tenant);
  }

  wasPurgedSince(tenant: TenantId, epochMs: number, key?: string): boolean {
    const removedAt = key === undefined ? undefined : this.#removed.lastOf(tenant, key);
    return (
      (removedAt !== undefined && removedAt >= epochMs) ||
      this.#stamps.known(tenant).some(({ purgedAt }) => purgedAt >= epochMs)
    );
  }

  async stats(tenant: TenantId): Promise<CacheStats> {
    const { l1, l2 } = this.#deps;
    const counted = this.#counter.of(tenant);
    return {
      l1: { entries: await l1.size(tenant), ...counted.l1 },
      l2: { entries: await l2.count(tenant), ...counted.l2 },
    };
  }

  /** Writes the hit counts gathered so far to the second tier. */
  async flush(): Promise<void> {
    for (const [tenant, hits] of this.#counter.takeHits()) await this.#deps.l2.addHits(tenant, hits);
  }

  /** Purges too much rather than too little. The second tier did carry out the removals, and need not be told. */
  #purgeInstead(tenant: TenantId, purgedAt: number): void {
    this.#stamps.add(tenant, { scope: EVERYTHING, purgedAt });
    void this.#stamps.tell(tenant);
  }

  async #find(tenant: TenantId, key: string): Promise<Found> {
    const { l1, clock } = this.#deps;
    const glance = l1.find(tenant, key);
    const near = glance instanceof Promise ? await glance : glance;
    if (near.removedAt !== undefined) this.#removed.note(tenant, key, near.removedAt);
    if (near.entry === undefined) return this.#fromL2(tenant, key, near, 'cold');
    const stamps = this.#stamps.of(tenant, near.purges);
    if (isPurged(near.entry, stamps instanceof Promise ? await stamps : stamps)) {
      l1.drop(tenant, key);
      return this.#fromL2(tenant, key, { ...near, entry: undefined }, 'purged');
    }
    // An entry in Redis may be older than this process: without the stamps nobody knows whether it was purged.
    if (near.purges !== undefined && !this.#stamps.areKnown(tenant)) return 'cold';
    // Another replica may have refreshed an entry that is stale here.
    return clock.now() < near.entry.freshUntil
      ? { entry: near.entry, layer: 'l1' }
      : this.#fromL2(tenant, key, near, 'cold');
  }

  async #fromL2(tenant: TenantId, key: string, near: Glance, otherwise: CacheMissReason): Promise<Found> {
    const { l1, l2, clock, l1Ms } = this.#deps;
    const removals = this.#removals;
    // Also loaded for a key that no tier has: what is loaded for it has to be served while the second tier is away, and
    // a load that began before a purge made elsewhere must not be shared.
    const knowing = this.#stamps.of(tenant, near.purges);
    const read = await l2.find(tenant, key);
    await knowing;
    const far = isRemoved(read, near) || this.#removed.covers(tenant, read) ? undefined : read;
    const newest = newer(near.entry, far);
    if (newest === undefined) return otherwise;
    if (isPurged(newest, await this.#stamps.of(tenant, near.purges))) return 'purged';
    if (clock.now() >= newest.goneAt) return 'expired';
    if (newest === near.entry) return { entry: newest, layer: 'l1' };
    // The entry may have been purged elsewhere, or before this process started: without the stamps nobody knows.
    if (!this.#stamps.areKnown(tenant)) return 'cold';
    if (removals === this.#removals) void l1.copy(tenant, newest, l1Ms);
    return { entry: newest, layer: 'l2' };
  }
}

const isRemoved = (entry: CacheEntry | undefined, { removedAt }: Glance): boolean =>
  entry !== undefined && removedAt !== undefined && entry.storedAt < removedAt;

/** Of two loads in the same millisecond, the one in the first tier. */
const newer = (near: CacheEntry | undefined, far: CacheEntry | undefined): CacheEntry | undefined =>
  far === undefined || (near !== undefined && near.storedAt >= far.storedAt) ? near : far;
