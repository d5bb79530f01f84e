import { LRUCache } from 'lru-cache';
import { scopeText, type PurgeStamp } from '../../domain/cache/invalidation.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

type Known = {
  readonly byScope: Map<string, PurgeStamp>;
  list: readonly PurgeStamp[];
  /** Monotonic times: when a load was last begun, and when the one was begun that `list` comes from. */
  askedAt: number;
  asOf: number;
  loading: Promise<void> | undefined;
};

/** Stamps of this age are loaded anew behind the answer, … */
const REFRESH_MS = 1_000;
/** … and these before it: another replica's purge is seen after so long at the latest, also by a tenant that slept. */
const OLDEST_MS = 2_000;
const MOST_TENANTS = 10_000;

export type PurgeStamps = {
  /** What is known, at once as long as it is not too old. */
  readonly of: (tenant: TenantId) => readonly PurgeStamp[] | Promise<readonly PurgeStamp[]>;
  /** False until they could be loaded once: purges made elsewhere, or before this process, are not known. */
  readonly areKnown: (tenant: TenantId) => boolean;
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

  const knownOf = (tenant: TenantId): Known => {
    const found = tenants.get(tenant);
    if (found !== undefined) return found;
    const never = Number.NEGATIVE_INFINITY;
    const made: Known = { byScope: new Map(), list: [], askedAt: never, asOf: never, loading: undefined };
    tenants.set(tenant, made);
    return made;
  };

  const refresh = async (tenant: TenantId, known: Known, askedAt: number): Promise<void> => {
    try {
      for (const stamp of await load(tenant)) add(known, stamp);
      known.asOf = askedAt;
    } catch (error) {
      onBroken(error);
    } finally {
      known.loading = undefined;
    }
  };

  return {
    of: (tenant) => {
      const known = knownOf(tenant);
      const now = clock.monotonic();
      if (known.loading === undefined && now - known.askedAt >= REFRESH_MS) {
        known.askedAt = now;
        known.loading = refresh(tenant, known, now);
      }
      const isFresh = now - known.asOf < OLDEST_MS;
      return isFresh || known.loading === undefined ? known.list : known.loading.then(() => known.list);
    },
    areKnown: (tenant) => knownOf(tenant).asOf > Number.NEGATIVE_INFINITY,
    add: (tenant, stamp) => add(knownOf(tenant), stamp),
  };
};

const add = (known: Known, stamp: PurgeStamp): void => {
  const scope = scopeText(stamp.scope);
  const before = known.byScope.get(scope);
  if (before !== undefined && before.purgedAt >= stamp.purgedAt) return;
  known.byScope.set(scope, stamp);
  known.list = [...known.byScope.values()];
};
