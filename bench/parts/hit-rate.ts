import { cacheKey } from '../../src/domain/cache/cache-key.ts';
import { canonicalAddress } from '../../src/domain/address/canonical-address.ts';
import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import { freshnessOf } from '../../src/domain/cache/cache-entry.ts';
import { memoryCacheTier } from '../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../src/infrastructure/cache/tiered-cache-store.ts';
import { fakeCacheTier } from '../../test/support/memory-cache-tier-fake.ts';
import { fixedClock } from '../../test/support/fixed-clock.ts';
import { aTenant } from '../../test/support/pipeline-fixture.ts';
import { addressLoad, idealHits, NAMED_LOAD } from '../address-load.ts';
import { atLeast, type Section } from '../report.ts';

const LIFETIME_MS = 3_600_000;
const L1_MS = 300_000;
const GRACE_MS = 86_400_000;

/**
 * The standard load through the real keys and the real two-tier store, with the second tier in memory and a fixed
 * clock.
 */
export const hitRate = async (): Promise<Section> => {
  const clock = fixedClock(0);
  const tenant = aTenant();
  const l1 = memoryCacheTier(20_000, clock);
  const store = new TieredCacheStore({
    l1,
    l2: fakeCacheTier(),
    clock,
    l1Ms: L1_MS,
    onBrokenTier: () => undefined,
  });
  let arrivals = 0;
  let hits = 0;
  for (const { atMs, spelling } of addressLoad(NAMED_LOAD)) {
    clock.set(Math.max(clock.now(), atMs));
    arrivals += 1;
    const key = cacheKey(tenant, 'geocode', [canonicalAddress(spelling), 'ru', '', '5']);
    const found = await store.find(tenant, key);
    if (typeof found !== 'string' && freshnessOf(found.entry, clock.now()) === 'fresh') hits += 1;
    else await store.store(tenant, loaded(key, clock.now()), { l1Ms: L1_MS, mayPersist: true });
  }
  const ideal = idealHits(addressLoad(NAMED_LOAD), LIFETIME_MS);
  return {
    title: 'Hit rate',
    text: `20,000 addresses in three spellings, Zipf 1.0, 50/s for 8 simulated hours (${arrivals} requests), life 60 min.`,
    tables: [
      {
        head: ['', 'hits', 'rate'],
        rows: [
          ['ideal cache', String(ideal), (ideal / arrivals).toFixed(4)],
          ['service', String(hits), (hits / arrivals).toFixed(4)],
        ],
      },
    ],
    verdicts: [
      atLeast('hits ÷ hits of an ideal cache', hits / ideal, 0.97, 4),
      atLeast('hit rate', hits / arrivals, 0.8, 4),
    ],
  };
};

const loaded = (key: string, now: number): CacheEntry => ({
  key,
  value: null,
  serviceId: 'service',
  serviceName: 'google_maps',
  provider: 'google_maps',
  operation: 'geocode',
  tags: [],
  loadedBy: 'bench',
  storedAt: now,
  freshUntil: now + LIFETIME_MS,
  goneAt: now + LIFETIME_MS + GRACE_MS,
});
