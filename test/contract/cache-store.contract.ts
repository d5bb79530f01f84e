import { expect } from 'chai';
import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import type { InvalidationScope } from '../../src/domain/cache/cache-store.ts';
import { OTHER_TENANT, TENANT } from '../support/an-external-service.ts';
import {
  anEntry,
  hitOf,
  inMemoryOnly,
  keyOf,
  L1_MS,
  MINUTE,
  OTHER_SERVICE_ID,
  persisted,
  PURGE_SEEN_MS,
  type CacheStoreRig,
  type CacheStoreUnderTest,
  type MakeCacheStoreRig,
} from '../support/cache-store-rig.ts';
import type { FixedClock } from '../support/fixed-clock.ts';
import { itBehavesLikeThePlainModel } from './cache-store.model.ts';

/** What every `CacheStore` of two tiers must do. `numRuns`: how many random sequences are tried. */
export const describeCacheStore = (name: string, make: MakeCacheStoreRig, numRuns = 60): void => {
  describe(`${name} as a CacheStore`, () => {
    let rig: CacheStoreRig;
    let store: CacheStoreUnderTest;
    beforeEach(async () => {
      rig = await make();
      store = rig.open();
    });
    const now = () => ({ rig, store });
    itKeepsEntriesForTheirLife(now);
    itKeepsTenantsApart(now);
    itRemoves(now);
    itPurges(now);
    itGoesOnWithoutTheSecondTier(now);
    itBoundsAndCounts(now);
    itBehavesLikeThePlainModel(make, numRuns);
  });
};

type Now = () => { readonly rig: CacheStoreRig; readonly store: CacheStoreUnderTest };

/** The tier in which another process finds what this one has stored. */
const layerElsewhere = ({ firstTier }: CacheStoreRig) => (firstTier === 'shared' ? 'l1' : 'l2');

/**
 * A shared first tier is used only by a process that knows the purges; a single lookup while they can be read suffices.
 */
const knowingThePurges = async (rig: CacheStoreRig, store: CacheStoreUnderTest): Promise<void> => {
  if (rig.firstTier === 'shared') await store.find(TENANT, keyOf('anybody'));
};

const itKeepsEntriesForTheirLife = (now: Now): void => {
  it('knows nothing before anything is stored', async () => {
    expect(await now().store.find(TENANT, keyOf('nobody'))).to.equal('cold');
  });

  it('returns an entry as it was stored, from either tier', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, persisted);
    expect(await store.find(TENANT, entry.key)).to.deep.equal({ entry, layer: 'l1' });
    expect(await rig.open().find(TENANT, entry.key)).to.deep.equal({ entry, layer: layerElsewhere(rig) });
  });

  it('finds an entry in this process before it has been written to the second tier', async () => {
    const { rig, store } = now();
    const arrived = Promise.withResolvers<void>();
    rig.faults.delay = () => arrived.promise;
    const stored = store.store(TENANT, anEntry(rig.clock), persisted);
    rig.faults.delay = async () => undefined;
    expect(hitOf(await store.find(TENANT, anEntry(rig.clock).key)).layer).to.equal('l1');
    arrived.resolve();
    await stored;
  });

  it('serves the entry while it is fresh or in its grace, and not afterwards', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, persisted);
    rig.clock.set(entry.freshUntil);
    expect(hitOf(await store.find(TENANT, entry.key)).entry).to.deep.equal(entry);
    rig.clock.set(entry.goneAt - 1);
    expect(hitOf(await store.find(TENANT, entry.key)).entry).to.deep.equal(entry);
    rig.clock.set(entry.goneAt);
    expect(await store.find(TENANT, entry.key)).to.equal('expired');
    expect(await rig.open().find(TENANT, entry.key)).to.equal('expired');
  });

  it('keeps an entry in the first tier for its lifetime there, then reads it from the second and keeps it again', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, { l1Ms: MINUTE, mayPersist: true });
    const layerAfter = async (milliseconds: number) => {
      rig.clock.advance(milliseconds);
      return hitOf(await store.find(TENANT, entry.key)).layer;
    };
    expect(await layerAfter(MINUTE - 1)).to.equal('l1');
    expect(await layerAfter(1)).to.equal('l2');
    expect(await layerAfter(L1_MS - 1)).to.equal('l1');
    expect(await layerAfter(1)).to.equal('l2');
  });

  it('never keeps an entry in the first tier after the entry is gone', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock, { freshUntil: rig.clock.now() + 10, goneAt: rig.clock.now() + 20 });
    await store.store(TENANT, entry, persisted);
    rig.clock.advance(20);
    expect(await store.find(TENANT, entry.key)).to.be.a('string');
  });

  it('keeps what may not be persisted only in this process, for its whole lifetime', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, inMemoryOnly);
    rig.clock.set(entry.goneAt - 1);
    expect(await store.find(TENANT, entry.key)).to.deep.equal({ entry, layer: 'l1' });
    expect(await rig.open().find(TENANT, entry.key)).to.equal('cold');
    expect((await store.stats(TENANT)).l2.entries).to.equal(0);
    rig.clock.advance(1);
    expect(await store.find(TENANT, entry.key)).to.equal('cold');
  });

  it('reads a newer load of another process as soon as its own entry is stale', async () => {
    const { rig, store } = now();
    const first = anEntry(rig.clock);
    await store.store(TENANT, first, { l1Ms: 24 * 60 * MINUTE, mayPersist: true });
    rig.clock.set(first.freshUntil);
    const second = anEntry(rig.clock, { value: 'newer' });
    await rig.open().store(TENANT, second, persisted);
    expect(await store.find(TENANT, first.key)).to.deep.equal({ entry: second, layer: layerElsewhere(rig) });
    expect(await store.find(TENANT, first.key)).to.deep.equal({ entry: second, layer: 'l1' });
  });

  it('serves its own stale entry when the second tier has nothing newer', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, { l1Ms: 24 * 60 * MINUTE, mayPersist: true });
    rig.clock.set(entry.freshUntil);
    expect(await store.find(TENANT, entry.key)).to.deep.equal({ entry, layer: 'l1' });
  });

  it('does not let an older load overwrite a newer one, in either tier', async () => {
    const { rig, store } = now();
    const newer = anEntry(rig.clock, { value: 'newer' });
    const older = anEntry(rig.clock, { value: 'older', storedAt: rig.clock.now() - 1 });
    await store.store(TENANT, newer, persisted);
    await store.store(TENANT, older, persisted);
    expect(hitOf(await store.find(TENANT, newer.key)).entry.value).to.equal('newer');
    await rig.open().store(TENANT, older, persisted);
    expect(hitOf(await rig.open().find(TENANT, newer.key)).entry.value).to.equal('newer');
  });

  it('takes the later of two loads made in the same millisecond', async () => {
    const { rig, store } = now();
    for (const value of ['first', 'second'])
      await store.store(TENANT, anEntry(rig.clock, { value }), persisted);
    expect(hitOf(await store.find(TENANT, keyOf('Тверская 13'))).entry.value).to.equal('second');
    expect(hitOf(await rig.open().find(TENANT, keyOf('Тверская 13'))).entry.value).to.equal('second');
  });

  it('preserves every kind of JSON value in the second tier', async () => {
    const { rig, store } = now();
    const values = ['text', 0, -1.5, true, [], {}, { 'a.b': [{}] }, ['😀', 'я', '\\u0000']];
    for (const [n, value] of values.entries())
      await store.store(TENANT, anEntry(rig.clock, { key: keyOf(`value ${n}`), value }), persisted);
    const restarted = rig.open();
    for (const [n, value] of values.entries())
      expect(hitOf(await restarted.find(TENANT, keyOf(`value ${n}`))).entry.value).to.deep.equal(value);
  });
};

const itKeepsTenantsApart = (now: Now): void => {
  it('finds nothing of another tenant, in either tier, even under the other’s key', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, persisted);
    for (const process of [store, rig.open()]) {
      expect(await process.find(OTHER_TENANT, entry.key)).to.equal('cold');
      expect(await process.remove(OTHER_TENANT, entry.key)).to.equal(false);
      expect((await process.stats(OTHER_TENANT)).l2.entries).to.equal(0);
      expect((await process.stats(OTHER_TENANT)).l1.entries).to.equal(0);
    }
    await store.invalidate(OTHER_TENANT, {});
    expect(hitOf(await store.find(TENANT, entry.key)).layer).to.equal('l1');
    expect(hitOf(await rig.open().find(TENANT, entry.key)).entry).to.deep.equal(entry);
  });

  it('keeps identical questions of two tenants under two keys', async () => {
    const { rig, store } = now();
    const mine = anEntry(rig.clock, { value: 'mine' });
    const theirs = anEntry(rig.clock, {
      key: keyOf('Тверская 13', OTHER_TENANT),
      serviceId: OTHER_SERVICE_ID,
      value: 'theirs',
    });
    await store.store(TENANT, mine, persisted);
    await store.store(OTHER_TENANT, theirs, persisted);
    await store.invalidate(TENANT, {});
    const restarted = rig.open();
    for (const process of [store, restarted]) {
      expect(await process.find(TENANT, mine.key)).to.equal('purged');
      expect(hitOf(await process.find(OTHER_TENANT, theirs.key)).entry.value).to.equal('theirs');
    }
  });
};

const itRemoves = (now: Now): void => {
  it('removes an entry from both tiers, and reports whether there was one', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, persisted);
    expect(await store.remove(TENANT, entry.key)).to.equal(true);
    expect(await store.find(TENANT, entry.key)).to.equal('cold');
    expect(await rig.open().find(TENANT, entry.key)).to.equal('cold');
    expect(await store.remove(TENANT, entry.key)).to.equal(false);
  });

  it('removes an entry that is in one tier only', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, persisted);
    expect(await rig.open().remove(TENANT, entry.key)).to.equal(true);
    await store.store(TENANT, anEntry(rig.clock, { key: keyOf('memory') }), inMemoryOnly);
    expect(await store.remove(TENANT, keyOf('memory'))).to.equal(true);
    expect(await store.find(TENANT, keyOf('memory'))).to.equal('cold');
  });

  it('discards an unusable entry for every process, for its tenant only, and does not count that as a removal', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, persisted);
    await store.discard(OTHER_TENANT, entry.key);
    expect(hitOf(await store.find(TENANT, entry.key)).entry).to.deep.equal(entry);
    rig.clock.advance(1_000);
    await store.discard(TENANT, entry.key);
    expect(store.wasPurgedSince(TENANT, entry.storedAt, entry.key)).to.equal(false);
    for (const process of [store, rig.open()]) expect(await process.find(TENANT, entry.key)).to.equal('cold');
    const anew = anEntry(rig.clock, { value: 'anew' });
    await store.store(TENANT, anew, persisted);
    for (const process of [store, rig.open()])
      expect(hitOf(await process.find(TENANT, entry.key)).entry).to.deep.equal(anew);
  });

  it('also removes what is being loaded meanwhile, in any process, but nothing requested afterwards', async () => {
    const { rig, store } = now();
    const replica = rig.open();
    const before = anEntry(rig.clock);
    await store.store(TENANT, before, persisted);
    rig.clock.advance(1_000);
    const underWay = anEntry(rig.clock, { value: 'under way' });
    rig.clock.advance(1_000);
    const removedAt = rig.clock.now();
    expect(await store.remove(TENANT, before.key)).to.equal(true);
    rig.clock.advance(1_000);
    await store.store(TENANT, underWay, persisted);
    for (const process of [store, rig.open()])
      expect(await process.find(TENANT, before.key)).to.equal('cold');
    expect((await store.stats(TENANT)).l2.entries).to.equal(0);
    if (rig.firstTier === 'shared') await replica.find(TENANT, before.key);
    await replica.store(TENANT, underWay, persisted);
    for (const process of [store, rig.open()])
      expect(await process.find(TENANT, before.key)).to.equal('cold');
    const told = (key: string, tenant = TENANT) => store.wasPurgedSince(tenant, removedAt, key);
    expect([told(before.key), told(keyOf('other')), told(before.key, OTHER_TENANT)]).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect(await store.remove(TENANT, before.key)).to.equal(false);
    const later = anEntry(rig.clock, { value: 'later' });
    await store.store(TENANT, later, persisted);
    for (const process of [store, rig.open()])
      expect(hitOf(await process.find(TENANT, before.key)).entry).to.deep.equal(later);
  });

  it('is not undone by a lookup that had read the second tier before', async () => {
    const { rig } = now();
    const entry = anEntry(rig.clock);
    await rig.open().store(TENANT, entry, persisted);
    for (const first of ['find', 'remove'] as const) {
      const process = rig.open();
      const arrival = { find: Promise.withResolvers<void>(), remove: Promise.withResolvers<void>() };
      rig.faults.delay = async (operation) =>
        operation === 'find' || operation === 'remove' ? arrival[operation].promise : undefined;
      const asked = { find: process.find(TENANT, entry.key), remove: process.remove(TENANT, entry.key) };
      arrival[first].resolve();
      await asked[first];
      arrival[first === 'find' ? 'remove' : 'find'].resolve();
      await Promise.all([asked.find, asked.remove]);
      rig.faults.delay = async () => undefined;
      expect(await process.find(TENANT, entry.key), `${first} first`).to.equal('cold');
      await rig.open().store(TENANT, entry, persisted);
    }
  });
};

const scopes: readonly (readonly [string, InvalidationScope, readonly string[]])[] = [
  ['everything', {}, ['a', 'b', 'c', 'd']],
  ['a service', { serviceName: 'google_maps' }, ['a', 'b']],
  ['an operation', { operation: 'geocode' }, ['a', 'c']],
  ['a tag', { tag: 'area:north' }, ['b', 'c']],
  ['a service and an operation', { serviceName: 'google_maps', operation: 'geocode' }, ['a']],
  ['all three', { serviceName: 'yandex_maps', operation: 'geocode', tag: 'area:north' }, ['c']],
  ['a tag nobody has', { tag: 'area:north:west' }, []],
];

const fourEntries = (clock: FixedClock): readonly (readonly [string, CacheEntry])[] => {
  const entry = (
    name: string,
    serviceName: 'google_maps' | 'yandex_maps',
    operation: string,
    tags: string[],
  ) => [name, anEntry(clock, { key: keyOf(name, TENANT, operation), serviceName, operation, tags })] as const;
  return [
    entry('a', 'google_maps', 'geocode', []),
    entry('b', 'google_maps', 'reverse_geocode', ['area:north']),
    entry('c', 'yandex_maps', 'geocode', ['area:south', 'area:north']),
    entry('d', 'yandex_maps', 'distance', ['area:south']),
  ];
};

const itPurges = (now: Now): void => {
  for (const [words, scope, purged] of scopes) {
    it(`purges ${words} and nothing else, here, elsewhere, and after a restart`, async () => {
      const { rig, store } = now();
      const replica = rig.open();
      const entries = fourEntries(rig.clock);
      for (const [, entry] of entries) {
        await store.store(TENANT, entry, persisted);
        await replica.find(TENANT, entry.key);
      }
      await store.invalidate(TENANT, scope);
      rig.clock.advance(PURGE_SEEN_MS);
      for (const process of [store, replica, rig.open()]) {
        const gone: string[] = [];
        for (const [entryName, { key }] of entries)
          if ((await process.find(TENANT, key)) === 'purged') gone.push(entryName);
        expect(gone).to.deep.equal(purged);
      }
    });
  }

  it('serves what was loaded after the purge, and nothing loaded up to it', async () => {
    const { rig, store } = now();
    const before = anEntry(rig.clock, { value: 'before' });
    await store.store(TENANT, before, persisted);
    await store.invalidate(TENANT, {});
    await store.store(TENANT, anEntry(rig.clock, { value: 'same moment' }), persisted);
    expect(await store.find(TENANT, before.key)).to.equal('purged');
    rig.clock.advance(1);
    await store.store(TENANT, anEntry(rig.clock, { value: 'after' }), persisted);
    expect(hitOf(await store.find(TENANT, before.key)).entry.value).to.equal('after');
    expect(hitOf(await rig.open().find(TENANT, before.key)).entry.value).to.equal('after');
  });

  it('reports at once any purge of the tenant at or after a given time, including the last one of a scope', async () => {
    const { rig, store } = now();
    const purgedAt = rig.clock.now();
    const told = (since: number, tenant = TENANT) => store.wasPurgedSince(tenant, purgedAt + since);
    await store.invalidate(TENANT, { serviceName: 'yandex_maps' });
    rig.clock.advance(10);
    expect([told(-1), told(0), told(1)]).to.deep.equal([true, true, false]);
    await store.invalidate(TENANT, { serviceName: 'yandex_maps' });
    rig.clock.advance(10);
    expect([told(-1), told(1), told(10), told(11)]).to.deep.equal([true, true, true, false]);
    expect(told(-1, OTHER_TENANT)).to.equal(false);
  });

  it('reports a purge by another process once a lookup has encountered it', async () => {
    const { rig, store } = now();
    const replica = rig.open();
    await replica.store(TENANT, anEntry(rig.clock), persisted);
    const before = rig.clock.now();
    await store.invalidate(TENANT, {});
    rig.clock.advance(PURGE_SEEN_MS);
    expect(await replica.find(TENANT, anEntry(rig.clock).key)).to.equal('purged');
    expect(replica.wasPurgedSince(TENANT, before)).to.equal(true);
  });

  it('reports a purge by another process also when the lookup found nothing', async () => {
    const { rig, store } = now();
    const replica = rig.open();
    await replica.find(TENANT, keyOf('nobody'));
    const before = rig.clock.now();
    await store.invalidate(TENANT, {});
    rig.clock.advance(PURGE_SEEN_MS);
    expect(await replica.find(TENANT, keyOf('nobody'))).to.equal('cold');
    expect(replica.wasPurgedSince(TENANT, before)).to.equal(true);
  });

  it('purges entries that are in this process only', async () => {
    const { rig, store } = now();
    await store.store(TENANT, anEntry(rig.clock), inMemoryOnly);
    await store.invalidate(TENANT, { tag: 'service:google_maps' });
    expect(await store.find(TENANT, keyOf('Тверская 13'))).to.equal('purged');
    expect(await store.find(TENANT, keyOf('Тверская 13'))).to.equal('cold');
  });

  it('honours the newest of several purges of one scope', async () => {
    const { rig, store } = now();
    for (let round = 0; round < 3; round += 1) {
      await store.store(TENANT, anEntry(rig.clock), persisted);
      await rig.open().invalidate(TENANT, { operation: 'geocode' });
      rig.clock.advance(PURGE_SEEN_MS);
      expect(await store.find(TENANT, keyOf('Тверская 13'))).to.equal('purged');
    }
  });

  it('is not forgotten when an older one arrives late', async () => {
    const { rig, store } = now();
    await store.invalidate(TENANT, {});
    rig.clock.advance(1);
    await store.store(TENANT, anEntry(rig.clock), persisted);
    const restarted = rig.open();
    const [read, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    rig.faults.delay = async (operation) => {
      if (operation !== 'stamps') return;
      read.resolve();
      await arrived.promise;
    };
    const found = restarted.find(TENANT, keyOf('Тверская 13'));
    await read.promise;
    await restarted.invalidate(TENANT, {});
    arrived.resolve();
    // Where replicas share the purges, the lookup did not wait for the second tier and was answered before the purge.
    if (rig.firstTier === 'own') expect(await found).to.equal('purged');
    else await found;
    expect(await restarted.find(TENANT, keyOf('Тверская 13'))).to.equal('purged');
  });

  it('is noticed at once by a process whose tenant had asked nothing for an hour', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock, { freshUntil: rig.clock.now() + 1e9, goneAt: rig.clock.now() + 1e9 });
    await store.store(TENANT, entry, { l1Ms: 1e9, mayPersist: true });
    await store.find(TENANT, entry.key);
    await rig.open().invalidate(TENANT, {});
    rig.clock.advance(60 * MINUTE);
    expect(await store.find(TENANT, entry.key)).to.equal('purged');
  });

  it('is noticed by every one of many concurrent lookups after a restart', async () => {
    const { rig, store } = now();
    for (const [, entry] of fourEntries(rig.clock)) await store.store(TENANT, entry, persisted);
    await store.invalidate(TENANT, {});
    const restarted = rig.open();
    const keys = fourEntries(rig.clock).map(([, { key }]) => key);
    const found = await Promise.all([...keys, ...keys].map((key) => restarted.find(TENANT, key)));
    expect(found).to.deep.equal(Array.from({ length: 8 }, () => 'purged'));
  });

  it('applies to a lookup that has already begun', async () => {
    const { rig, store } = now();
    await store.store(TENANT, anEntry(rig.clock), persisted);
    const restarted = rig.open();
    const arrived = Promise.withResolvers<void>();
    rig.faults.delay = (operation) => (operation === 'find' ? arrived.promise : Promise.resolve());
    const found = restarted.find(TENANT, keyOf('Тверская 13'));
    await restarted.invalidate(TENANT, {});
    arrived.resolve();
    expect(await found).to.equal('purged');
  });
};

const itGoesOnWithoutTheSecondTier = (now: Now): void => {
  it('reads and writes the first tier while the second tier is unavailable', async () => {
    const { rig, store } = now();
    await knowingThePurges(rig, store);
    rig.faults.refuse = () => true;
    const entry = anEntry(rig.clock);
    expect(await store.find(TENANT, entry.key)).to.equal('cold');
    await store.store(TENANT, entry, persisted);
    expect(await store.find(TENANT, entry.key)).to.deep.equal({ entry, layer: 'l1' });
    expect(await store.stats(TENANT)).to.have.nested.property('l2.entries', 0);
    await store.flush();
    expect(await store.remove(TENANT, entry.key)).to.equal(true);
    expect(await store.remove(TENANT, entry.key)).to.equal(false);
  });

  it('serves a stale entry that cannot be refreshed', async () => {
    const { rig, store } = now();
    await knowingThePurges(rig, store);
    const entry = anEntry(rig.clock);
    await store.store(TENANT, entry, { l1Ms: 24 * 60 * MINUTE, mayPersist: true });
    rig.faults.refuse = () => true;
    rig.clock.set(entry.freshUntil);
    expect(await store.find(TENANT, entry.key)).to.deep.equal({ entry, layer: 'l1' });
  });

  it('finds the entries of the second tier again once it is available', async () => {
    const { rig, store } = now();
    await store.store(TENANT, anEntry(rig.clock), persisted);
    rig.faults.refuse = () => true;
    const restarted = rig.open();
    expect(await restarted.find(TENANT, keyOf('Тверская 13'))).to.equal('cold');
    rig.faults.refuse = () => false;
    rig.clock.advance(PURGE_SEEN_MS);
    expect(hitOf(await restarted.find(TENANT, keyOf('Тверская 13'))).layer).to.equal(layerElsewhere(rig));
  });

  it('reports a purge that cannot be stored as failed, but honours it as far as it can be made known', async () => {
    const { rig, store } = now();
    await store.store(TENANT, anEntry(rig.clock), persisted);
    const other = rig.open();
    hitOf(await other.find(TENANT, keyOf('Тверская 13')));
    rig.faults.refuse = () => true;
    const failure = await store.invalidate(TENANT, {}).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect(await store.find(TENANT, keyOf('Тверская 13'))).to.equal('purged');
    if (rig.firstTier === 'shared')
      expect(await other.find(TENANT, keyOf('Тверская 13')), 'elsewhere').to.equal('purged');
  });

  it('serves nothing from the second tier until it knows the purges', async () => {
    const { rig, store } = now();
    await store.store(TENANT, anEntry(rig.clock), persisted);
    await store.invalidate(TENANT, {});
    rig.faults.refuse = (operation) => operation === 'stamps';
    const restarted = rig.open();
    // Replicas that share the purges know them without the second tier.
    const reason = rig.firstTier === 'shared' ? 'purged' : 'cold';
    for (let lookup = 0; lookup < 3; lookup += 1)
      expect(await restarted.find(TENANT, keyOf('Тверская 13'))).to.equal(reason);
  });
};

const itBoundsAndCounts = (now: Now): void => {
  it('limits the first tier; evicted entries are found in the second', async () => {
    const { rig } = now();
    const small = rig.open(3);
    const keys = Array.from({ length: 10 }, (_, n) => keyOf(`street ${n}`));
    for (const key of keys) await small.store(TENANT, anEntry(rig.clock, { key }), persisted);
    expect((await small.stats(TENANT)).l1.entries).to.equal(3);
    for (const key of keys) hitOf(await small.find(TENANT, key));
    expect((await small.stats(TENANT)).l2.entries).to.equal(10);
  });

  it('evicts the least recently used entry first', async () => {
    const { rig } = now();
    const small = rig.open(2);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => keyOf(name)) as [string, string, string];
    for (const key of [a, b]) await small.store(TENANT, anEntry(rig.clock, { key }), inMemoryOnly);
    await small.find(TENANT, a);
    await small.store(TENANT, anEntry(rig.clock, { key: c }), inMemoryOnly);
    expect(await small.find(TENANT, b)).to.equal('cold');
    expect([hitOf(await small.find(TENANT, a)), hitOf(await small.find(TENANT, c))]).to.have.length(2);
  });

  it('counts lookups by tenant and tier, and records hits by key', async () => {
    const { rig, store } = now();
    const entry = anEntry(rig.clock);
    await store.find(TENANT, entry.key);
    await store.store(TENANT, entry, { l1Ms: MINUTE, mayPersist: true });
    await store.find(TENANT, entry.key);
    rig.clock.advance(MINUTE);
    await store.find(TENANT, entry.key);
    expect(await store.stats(TENANT)).to.deep.equal({
      l1: { entries: 1, hits: 1, misses: 2 },
      l2: { entries: 1, hits: 1, misses: 1 },
    });
    await store.flush();
    await store.flush();
    expect(await rig.hitsOf(TENANT, entry.key)).to.equal(2);
    expect((await store.stats(OTHER_TENANT)).l1).to.deep.equal({ entries: 0, hits: 0, misses: 0 });
  });
};
