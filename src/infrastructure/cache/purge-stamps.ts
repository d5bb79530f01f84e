import { LRUCache } from 'lru-cache';
import { scopeText, type PurgeStamp } from '../../domain/cache/invalidation.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

type Known = {
  readonly byScope: Map<string, PurgeStamp>;
  list: readonly PurgeStamp[];
  askedAt: number;
  loading: Promise<void> | undefined;
};

/** Another replica's purge is seen after so long at the latest. */
const REFRESH_MS = 1_000;
const MOST_TENANTS = 10_000;

export type PurgeStamps = {
  /** Waits only for the very first load of a tenant; later refreshes happen behind the answer. */
  readonly of: (tenant: TenantId) => readonly PurgeStamp[] | Promise<readonly PurgeStamp[]>;
  /** A purge made here counts at once. */
  readonly add: (tenant: TenantId, stamp: PurgeStamp) => void;
};

/** The tenants' purge stamps as known here. `load` may reject: what is known goes on counting. */
export const purgeStamps = (
  load: (tenant: TenantId) => Promise<readonly PurgeStamp[]>,
  clock: Clock,
  onBroken: (error: unknown) => void,
): PurgeStamps => {
  const tenants = new LRUCache<string, Known>({ max: MOST_TENANTS });

  const add = (known: Known, stamp: PurgeStamp): void => {
    const scope = scopeText(stamp.scope);
    const before = known.byScope.get(scope);
    if (before !== undefined && before.purgedAt >= stamp.purgedAt) return;
    known.byScope.set(scope, stamp);
    known.list = [...known.byScope.values()];
  };

  const refresh = async (tenant: TenantId, known: Known): Promise<void> => {
    try {
      for (const stamp of await load(tenant)) add(known, stamp);
    } catch (error) {
      onBroken(error);
    } finally {
      known.loading = undefined;
    }
  };

  const knownOf = (tenant: TenantId): Known => {
    const found = tenants.get(tenant);
    if (found !== undefined) return found;
    const made: Known = {
      byScope: new Map(),
      list: [],
      askedAt: Number.NEGATIVE_INFINITY,
      loading: undefined,
    };
    tenants.set(tenant, made);
    return made;
  };

  return {
    of: (tenant) => {
      const known = knownOf(tenant);
      const first = known.askedAt === Number.NEGATIVE_INFINITY;
      if (known.loading === undefined && clock.monotonic() - known.askedAt >= REFRESH_MS) {
        known.askedAt = clock.monotonic();
        known.loading = refresh(tenant, known);
      }
      return first && known.loading !== undefined ? known.loading.then(() => known.list) : known.list;
    },
    add: (tenant, stamp) => add(knownOf(tenant), stamp),
  };
};
