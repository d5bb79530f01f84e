import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import { cacheKey } from '../../src/domain/cache/cache-key.ts';
import type {
  CacheHit,
  CacheMissReason,
  CacheStore,
  StoreLimits,
} from '../../src/domain/cache/cache-store.ts';
import type { TenantId } from '../../src/domain/shared/tenant-context.ts';
import { anId, TENANT } from './an-external-service.ts';
import type { TierFaults } from './faulty-cache-tier.ts';
import type { FixedClock } from './fixed-clock.ts';

export type CacheStoreUnderTest = CacheStore & { readonly flush: () => Promise<void> };

export type CacheStoreRig = {
  /**
   * Opens a process with its own first tier over the shared second tier. Opening another one models a restart or a
   * replica.
   */
  readonly open: (maxEntries?: number) => CacheStoreUnderTest;
  readonly clock: FixedClock;
  readonly faults: TierFaults;
  /** `shared`: another process finds in its first tier what this one stored. */
  readonly firstTier: 'own' | 'shared';
  /** As stored in the second tier. */
  readonly hitsOf: (tenant: TenantId, key: string) => Promise<number>;
};

/**
 * The rig's second tier is empty, and knows the service `SERVICE_ID` of `TENANT` and `OTHER_SERVICE_ID` of
 * `OTHER_TENANT`.
 */
export type MakeCacheStoreRig = () => Promise<CacheStoreRig>;
export const SERVICE_ID = anId(1);
export const OTHER_SERVICE_ID = anId(2);

export const MINUTE = 60_000;
/** How long each process keeps in its first tier an entry read from the second. */
export const L1_MS = 5 * MINUTE;
/** A purge by another process takes effect after at most this long. */
export const PURGE_SEEN_MS = 2_000;
export const persisted: StoreLimits = { l1Ms: L1_MS, mayPersist: true };
export const inMemoryOnly: StoreLimits = { l1Ms: MINUTE, mayPersist: false };

export const keyOf = (name: string, tenant: TenantId = TENANT, operation = 'geocode'): string =>
  cacheKey(tenant, operation, [name]);

/** Loaded now; fresh for an hour, usable as stale for another day. */
export const anEntry = (clock: FixedClock, change: Partial<CacheEntry> = {}): CacheEntry => {
  const storedAt = change.storedAt ?? clock.now();
  return {
    key: keyOf('Тверская 13'),
    value: {
      matches: [{ text: '«дом» \\ "13"', n: 55.7617, list: [1, null, true] }],
      attribution: 'somebody',
    },
    serviceId: SERVICE_ID,
    serviceName: 'google_maps',
    provider: 'google_maps',
    operation: 'geocode',
    tags: ['service:google_maps'],
    loadedBy: anId(7),
    storedAt,
    freshUntil: storedAt + 60 * MINUTE,
    goneAt: storedAt + 25 * 60 * MINUTE,
    ...change,
  };
};

export const hitOf = (found: CacheHit | CacheMissReason): CacheHit => {
  if (typeof found === 'string') throw new Error(`a hit was expected, not ${found}`);
  return found;
};
