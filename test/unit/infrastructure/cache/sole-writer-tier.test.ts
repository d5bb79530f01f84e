import { expect } from 'chai';
import fc from 'fast-check';
import { cacheKey } from '../../../../src/domain/cache/cache-key.ts';
import type { CacheTier } from '../../../../src/infrastructure/cache/cache-tier.ts';
import { keyFilter } from '../../../../src/infrastructure/cache/key-filter.ts';
import { soleWriterTier } from '../../../../src/infrastructure/cache/sole-writer-tier.ts';
import { TENANT } from '../../../support/an-external-service.ts';
import { anEntry, keyOf } from '../../../support/cache-store-rig.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { fakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';

const keyOfNumber = (n: number): string => cacheKey(TENANT, 'geocode', [String(n)]);

describe('a filter of cache keys', () => {
  it('never denies a key that was added', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), (questions) => {
        const filter = keyFilter();
        const keys = questions.map((question) => cacheKey(TENANT, 'geocode', [question]));
        for (const key of keys) filter.add(key);
        expect(keys.every((key) => filter.mayHave(key))).to.equal(true);
      }),
    );
  });

  it('denies nearly all that were not', () => {
    const filter = keyFilter();
    for (let n = 0; n < 20_000; n += 1) filter.add(keyOfNumber(n));
    let takenForKnown = 0;
    for (let n = 20_000; n < 40_000; n += 1) if (filter.mayHave(keyOfNumber(n))) takenForKnown += 1;
    expect(takenForKnown).to.be.at.most(5);
  });
});

type Rest = Parameters<typeof soleWriterTier> extends [unknown, ...infer R] ? R : never;

describe('a second cache tier with a sole writer', () => {
  const fixture = (...how: Rest) => {
    const tier = fakeCacheTier();
    return { tier, sole: soleWriterTier(tier, ...how) };
  };
  const entry = anEntry(fixedClock());
  const other = keyOf('elsewhere');

  it('is not asked for a key that was never kept', async () => {
    const { tier, sole } = fixture(async () => []);
    await sole.find(TENANT, other);
    await turn();
    expect(await sole.find(TENANT, other)).to.equal(undefined);
    expect(tier.finds()).to.equal(1);
  });

  it('is asked for what an earlier process kept, as for what this one keeps', async () => {
    const { tier, sole } = fixture(async () => [entry.key.slice(-8)]);
    await tier.keep(TENANT, entry);
    await sole.find(TENANT, other);
    await turn();
    expect((await sole.find(TENANT, entry.key))?.key).to.equal(entry.key);
    const newer = { ...entry, key: other };
    await sole.keep(TENANT, newer);
    expect((await sole.find(TENANT, other))?.key).to.equal(other);
  });

  it('forgets nothing that is kept while its keys are being read', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    const { sole } = fixture(() => promise);
    await sole.keep(TENANT, entry);
    expect((await sole.find(TENANT, entry.key))?.key).to.equal(entry.key);
    resolve([]);
    await turn();
    expect((await sole.find(TENANT, entry.key))?.key).to.equal(entry.key);
  });

  it('is asked for everything when its keys cannot be read, or are too many', async () => {
    for (const readKeys of [() => Promise.reject(new Error('away')), async () => undefined]) {
      const { tier, sole } = fixture(readKeys);
      await sole.find(TENANT, other);
      await turn();
      await sole.find(TENANT, other);
      expect(tier.finds()).to.equal(2);
    }
  });

  describe('of which more and more was kept', () => {
    const keepSome = async (sole: CacheTier, from: number, count: number): Promise<void> => {
      for (let n = from; n < from + count; n += 1) await sole.keep(TENANT, { ...entry, key: keyOfNumber(n) });
      await turn();
    };

    it('is asked no more for entries that have gone meanwhile', async () => {
      const { tier, sole } = fixture(async () => [], { after: 8, onTheirWay: 2 });
      await keepSome(sole, 0, 9);
      tier.entries.delete(keyOfNumber(3));
      await sole.find(TENANT, keyOfNumber(3));
      expect(tier.finds()).to.equal(1);
      await keepSome(sole, 9, 1);
      await sole.find(TENANT, keyOfNumber(3));
      expect(tier.finds()).to.equal(1);
    });

    it('is asked for what is there, was just on its way, or came while the keys were read', async () => {
      const { promise, resolve } = Promise.withResolvers<readonly string[]>();
      const readings = [Promise.resolve([]), promise];
      const { sole } = fixture(() => readings.shift() ?? Promise.resolve([]), { after: 8, onTheirWay: 2 });
      await keepSome(sole, 0, 10);
      await keepSome(sole, 10, 1);
      resolve([keyOfNumber(3).slice(-8)]);
      await turn();
      for (const n of [3, 8, 9, 10])
        expect((await sole.find(TENANT, keyOfNumber(n)))?.key).to.equal(keyOfNumber(n));
    });

    it('is read as before when its keys cannot be read again', async () => {
      let readings = 0;
      const readKeys = async () => ((readings += 1) === 1 ? [] : undefined);
      const { sole } = fixture(readKeys, { after: 8, onTheirWay: 2 });
      await keepSome(sole, 0, 12);
      expect(readings).to.equal(2);
      expect((await sole.find(TENANT, keyOfNumber(3)))?.key).to.equal(keyOfNumber(3));
    });
  });
});
