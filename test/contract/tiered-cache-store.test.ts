import { expect } from 'chai';
import { memoryCacheTier } from '../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../src/infrastructure/cache/tiered-cache-store.ts';
import { OTHER_TENANT, TENANT } from '../support/an-external-service.ts';
import { anEntry, L1_MS, persisted } from '../support/cache-store-rig.ts';
import { faultyCacheTier, noFaults } from '../support/faulty-cache-tier.ts';
import { fixedClock, turn } from '../support/fixed-clock.ts';
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

describe('A TieredCacheStore that is storing', () => {
  it('reports when no write of a key is in progress any more', async () => {
    const clock = fixedClock();
    const tier = fakeCacheTier();
    const rooms = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let kept = 0;
    const keep: typeof tier.keep = async () => rooms[kept++]?.promise;
    const store = new TieredCacheStore({
      l1: memoryCacheTier(10, clock),
      l2: { ...tier, keep },
      clock,
      l1Ms: L1_MS,
      onBrokenTier: () => undefined,
    });
    const entry = anEntry(clock);
    await store.stored(TENANT, entry.key);
    for (const _ of rooms) void store.store(TENANT, entry, persisted);
    let isStored = false;
    const stored = store.stored(TENANT, entry.key).then(() => (isStored = true));
    await store.stored(OTHER_TENANT, entry.key);
    rooms[0]?.resolve();
    await turn();
    expect(isStored).to.equal(false);
    rooms[1]?.resolve();
    await stored;
  });
});

describe('A purge in a TieredCacheStore whose clock is known to 40 ms', () => {
  it('is complete once entries requested from then on are not purged along with it', async () => {
    const clock = fixedClock();
    const store = new TieredCacheStore({
      l1: memoryCacheTier(10, clock),
      l2: fakeCacheTier(),
      clock,
      latest: () => clock.now() + 40,
      passed: (epochMs) => clock.sleep(epochMs - clock.now() + 1),
      l1Ms: L1_MS,
      onBrokenTier: () => undefined,
    });
    let isOver = false;
    void store.invalidate(TENANT, {}).then(() => (isOver = true));
    await clock.run(40);
    expect(isOver).to.equal(false);
    await clock.run(1);
    expect(isOver).to.equal(true);
    const entry = anEntry(clock);
    await store.store(TENANT, entry, persisted);
    expect(await store.find(TENANT, entry.key)).to.deep.equal({ entry, layer: 'l1' });
  });
});
