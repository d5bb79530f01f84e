import { memoryCacheTier } from '../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../src/infrastructure/cache/tiered-cache-store.ts';
import { L1_MS } from '../support/cache-store-rig.ts';
import { faultyCacheTier, noFaults } from '../support/faulty-cache-tier.ts';
import { fixedClock } from '../support/fixed-clock.ts';
import { fakeCacheTier } from '../support/memory-cache-tier-fake.ts';
import { describeCacheStore } from './cache-store.contract.ts';

describeCacheStore('TieredCacheStore over a second tier in memory', async () => {
  const clock = fixedClock();
  const tier = fakeCacheTier();
  const faults = noFaults();
  return {
    clock,
    faults,
    firstTier: 'own',
    open: (maxEntries = 1_000) =>
      new TieredCacheStore({
        l1: memoryCacheTier(maxEntries, clock),
        l2: faultyCacheTier(tier, faults),
        clock,
        l1Ms: L1_MS,
        onBrokenTier: () => undefined,
      }),
    hitsOf: async (_tenant, key) => tier.hits.get(key) ?? 0,
  };
});
