import { expect } from 'chai';
import fc from 'fast-check';
import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import { isPurged, type PurgeStamp } from '../../src/domain/cache/invalidation.ts';
import { TENANT } from '../support/an-external-service.ts';
import {
  anEntry,
  keyOf,
  L1_MS,
  PURGE_SEEN_MS,
  type CacheStoreRig,
  type CacheStoreUnderTest,
  type MakeCacheStoreRig,
} from '../support/cache-store-rig.ts';

const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];
/** The service and tags of each name never change, so that a purge covers all of its loads or none. */
const FILED = {
  a: { serviceName: 'google_maps', tags: ['north'] },
  b: { serviceName: 'google_maps', tags: [] },
  c: { serviceName: 'yandex_maps', tags: ['north', 'south'] },
} as const;

type Step =
  | {
      readonly do: 'store';
      readonly name: Name;
      readonly mayPersist: boolean;
      readonly lag: number;
      readonly freshMs: number;
      readonly graceMs: number;
      readonly l1Ms: number;
    }
  | { readonly do: 'find' | 'remove'; readonly name: Name }
  | { readonly do: 'purge'; readonly scope: PurgeStamp['scope'] }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'restart' };

const name = fc.constantFrom(...NAMES);
const span = fc.constantFrom(0, 1, 500, 3_000, 60_000, L1_MS, 2 * L1_MS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('store' as const),
      name,
      mayPersist: fc.boolean(),
      lag: fc.constantFrom(0, 0, 1, 400),
      freshMs: span,
      graceMs: span,
      l1Ms: span,
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('find' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('purge' as const),
      scope: fc.constantFrom<PurgeStamp['scope']>(
        {},
        { serviceName: 'google_maps' },
        { tag: 'north' },
        { tag: 'x' },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: span }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

const entryOf = (
  rig: CacheStoreRig,
  asked: Extract<Step, { do: 'store' }>,
  value: number,
  remembersAll = true,
): CacheEntry => {
  // An older load can only be told from a newer one that the store still remembers. This is not certain in memory
  // alone, in a process that has just started, or when the entry is gone.
  const storedAt = rig.clock.now() - (asked.mayPersist && remembersAll ? asked.lag : 0);
  return anEntry(rig.clock, {
    key: keyOf(asked.name),
    value,
    ...FILED[asked.name],
    tags: [...FILED[asked.name].tags],
    storedAt,
    freshUntil: storedAt + asked.freshMs,
    goneAt: storedAt + asked.freshMs + asked.graceMs,
  });
};

/** Keeps everything and decides at each lookup: the entry in memory, else the persisted one, if it is not gone. */
const plainModel = () => {
  const memory = new Map<string, CacheEntry>();
  const disk = new Map<string, CacheEntry>();
  const purges: PurgeStamp[] = [];
  const removals = new Map<string, number>();
  const put = (tier: Map<string, CacheEntry>, entry: CacheEntry): void => {
    if (entry.storedAt < (removals.get(entry.key) ?? entry.storedAt)) return;
    const known = tier.get(entry.key);
    if (known === undefined || known.storedAt <= entry.storedAt) tier.set(entry.key, entry);
  };
  const lives = (entry: CacheEntry | undefined, now: number): entry is CacheEntry =>
    entry !== undefined && now < entry.goneAt && !isPurged(entry, purges);
  return {
    store: (entry: CacheEntry, mayPersist: boolean) => {
      put(memory, entry);
      if (mayPersist) put(disk, entry);
    },
    remove: (key: string, now: number) => {
      for (const tier of [memory, disk]) tier.delete(key);
      removals.set(key, now);
    },
    purge: (scope: PurgeStamp['scope'], now: number) => void purges.push({ scope, purgedAt: now }),
    restart: () => {
      memory.clear();
      for (const [key, entry] of disk) memory.set(key, entry);
    },
    find: (key: string, now: number): CacheEntry | undefined =>
      [memory.get(key), disk.get(key)].find((entry) => lives(entry, now)),
    /** An entry was kept that is gone by now: a store may have forgotten it, but need not have. */
    holdsTheDead: (key: string, now: number): boolean =>
      [memory.get(key), disk.get(key)].some((entry) => entry !== undefined && now >= entry.goneAt),
  };
};

const run = async (rig: CacheStoreRig, steps: readonly Step[]): Promise<void> => {
  const model = plainModel();
  let store = rig.open();
  let hasRestarted = false;
  for (const [n, asked] of steps.entries()) {
    const now = rig.clock.now();
    if (asked.do === 'store') {
      const remembersAll = !hasRestarted && !model.holdsTheDead(keyOf(asked.name), now);
      const entry = entryOf(rig, asked, n, remembersAll);
      model.store(entry, asked.mayPersist);
      await store.store(TENANT, entry, { l1Ms: asked.l1Ms, mayPersist: asked.mayPersist });
    } else if (asked.do === 'find') {
      const found = await store.find(TENANT, keyOf(asked.name));
      const shown = typeof found === 'string' ? undefined : found.entry;
      expect(shown, `step ${n}`).to.deep.equal(model.find(keyOf(asked.name), now));
    } else if (asked.do === 'remove') {
      const known = model.find(keyOf(asked.name), now);
      const removed = await store.remove(TENANT, keyOf(asked.name));
      if (known !== undefined) expect(removed, `step ${n}`).to.equal(true);
      model.remove(keyOf(asked.name), now);
    } else if (asked.do === 'purge') {
      model.purge(asked.scope, now);
      await store.invalidate(TENANT, asked.scope);
    } else if (asked.do === 'wait') rig.clock.advance(asked.ms);
    else {
      model.restart();
      hasRestarted = true;
      store = rig.open();
    }
  }
};

/** Two processes may differ for the lifetime in their first tiers; what neither may do is checked at each lookup. */
const runOnTwo = async (rig: CacheStoreRig, steps: readonly (readonly [boolean, Step])[]): Promise<void> => {
  const processes: CacheStoreUnderTest[] = [rig.open(), rig.open()];
  const stored = new Map<unknown, CacheEntry>();
  const purges: PurgeStamp[] = [];
  for (const [n, [which, asked]] of steps.entries()) {
    const at = which ? 1 : 0;
    const store = processes[at] as CacheStoreUnderTest;
    if (asked.do === 'store') {
      const entry = entryOf(rig, asked, n);
      stored.set(n, entry);
      await store.store(TENANT, entry, { l1Ms: asked.l1Ms, mayPersist: asked.mayPersist });
    } else if (asked.do === 'find') {
      const found = await store.find(TENANT, keyOf(asked.name));
      if (typeof found === 'string') continue;
      const now = rig.clock.now();
      const seen = purges.filter(({ purgedAt }) => purgedAt <= now - PURGE_SEEN_MS);
      expect(found.entry, `step ${n}`).to.deep.equal(stored.get(found.entry.value));
      expect(found.entry.key).to.equal(keyOf(asked.name));
      expect(now, `gone at step ${n}`).to.be.below(found.entry.goneAt);
      expect(isPurged(found.entry, seen), `purged before step ${n}`).to.equal(false);
    } else if (asked.do === 'remove') await store.remove(TENANT, keyOf(asked.name));
    else if (asked.do === 'purge') {
      purges.push({ scope: asked.scope, purgedAt: rig.clock.now() });
      await store.invalidate(TENANT, asked.scope);
    } else if (asked.do === 'wait') rig.clock.advance(asked.ms);
    else processes[at] = rig.open();
  }
};

/** Runs random sequences of cache operations against a model too simple to be wrong. */
export const itBehavesLikeThePlainModel = (make: MakeCacheStoreRig, numRuns: number): void => {
  it('agrees with a simple model over random sequences of operations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) =>
        run(await make(), steps),
      ),
      { numRuns },
    );
  });

  it('never serves what is gone, purged or of another question, on two processes at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), step), { minLength: 5, maxLength: 40 }),
        async (steps) => runOnTwo(await make(), steps),
      ),
      { numRuns },
    );
  });
};
