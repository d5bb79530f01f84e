import { LRUCache } from 'lru-cache';
import type { CacheLayer } from '../../domain/cache/cache-store.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

type Counts = { hits: number; misses: number };
type Tenant = { readonly l1: Counts; readonly l2: Counts; readonly byKey: Map<string, number> };

/**
 * Above this number, the tenant that asked least recently starts again from zero and loses its counts not yet stored.
 */
const MOST_TENANTS = 10_000;
/** The most keys whose counts wait for the next flush. Counts of further keys are dropped: they are only statistics. */
const MOST_WAITING_KEYS = 50_000;

export type HitCounter = {
  readonly note: (tenant: TenantId, layer: CacheLayer | undefined, key: string) => void;
  readonly of: (tenant: TenantId) => { readonly l1: Readonly<Counts>; readonly l2: Readonly<Counts> };
  /** Hits by key since the last time, to be added to the stored counts. */
  readonly takeHits: () => readonly (readonly [TenantId, ReadonlyMap<string, number>])[];
};

/** Counts lookups per tenant since the start, and hits per key until they are stored. */
export const hitCounter = (): HitCounter => {
  const tenants = new LRUCache<TenantId, Tenant>({ max: MOST_TENANTS });
  const tenantOf = (id: TenantId): Tenant => {
    const known = tenants.get(id);
    if (known !== undefined) return known;
    const made: Tenant = { l1: { hits: 0, misses: 0 }, l2: { hits: 0, misses: 0 }, byKey: new Map() };
    tenants.set(id, made);
    return made;
  };
  return {
    note: (id, layer, key) => {
      const { l1, l2, byKey } = tenantOf(id);
      if (layer === 'l1') l1.hits += 1;
      else {
        l1.misses += 1;
        if (layer === 'l2') l2.hits += 1;
        else l2.misses += 1;
      }
      if (layer !== undefined && (byKey.size < MOST_WAITING_KEYS || byKey.has(key)))
        byKey.set(key, (byKey.get(key) ?? 0) + 1);
    },
    of: (id) => tenantOf(id),
    takeHits: () =>
      [...tenants.entries()].flatMap(([id, { byKey }]) => {
        if (byKey.size === 0) return [];
        const taken = new Map(byKey);
        byKey.clear();
        return [[id, taken] as const];
      }),
  };
};
