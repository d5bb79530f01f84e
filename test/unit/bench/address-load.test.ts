import { expect } from 'chai';
import { addressLoad, idealHits, NAMED_LOAD, type Arrival } from '../../../bench/address-load.ts';
import { addressPlaces } from '../../../bench/address-places.ts';
import { canonicalAddress } from '../../../src/domain/address/canonical-address.ts';
import { hasHouseNumber } from '../../../src/domain/provider/house-number.ts';

const HOUR_MS = 3_600_000;

const small = { ...NAMED_LOAD, addresses: 500, hours: 0.2 };

describe('the places of the load', () => {
  const places = addressPlaces(NAMED_LOAD.seed, NAMED_LOAD.addresses);

  it('are 20,000 buildings whose three different spellings have one canonical address, like no other place', () => {
    const owners = new Map<string, number>();
    for (const [placeId, spellings] of places.entries()) {
      expect(new Set(spellings).size, spellings.join(' | ')).to.equal(3);
      const keys = new Set(spellings.map(canonicalAddress));
      expect(keys.size, [...spellings, ...keys].join(' | ')).to.equal(1);
      for (const key of keys) {
        expect(owners.get(key), `${key}: ${places[owners.get(key) ?? 0]?.[0]} | ${spellings[0]}`).to.equal(
          undefined,
        );
        owners.set(key, placeId);
      }
    }
    expect(owners.size).to.equal(20_000);
  });

  it('would be 60,000 places to a cache that compared the texts, and still more than 45,000 without case and spaces', () => {
    const all = places.flat();
    expect(new Set(all).size).to.equal(60_000);
    const simple = (text: string): string =>
      text
        .normalize('NFKC')
        .toLowerCase()
        .replace(/[\s,]+/g, ' ')
        .trim();
    expect(new Set(all.map(simple)).size).to.be.above(45_000);
  });

  it('all have a house number, however they are spelled', () => {
    for (const spelling of places.flat()) expect(hasHouseNumber(spelling), spelling).to.equal(true);
  });

  it('are Russian and Uzbek', () => {
    const uzbek = places.filter(([plain]) => /[a-z]/.test(plain)).length;
    expect(uzbek).to.be.within(5_000, 7_000);
    expect(places.filter(([plain]) => plain.startsWith('Ташкент,')).length).to.be.above(100);
    expect(places.filter(([plain]) => plain.startsWith('Москва,')).length).to.be.above(100);
  });
});

describe('addressLoad', () => {
  it('is the same for the same seed and when it is read again, and another for another seed', () => {
    const load = addressLoad(small);
    expect([...load]).to.deep.equal([...load]);
    expect([...addressLoad(small)]).to.deep.equal([...load]);
    expect([...addressLoad({ ...small, seed: 7 })]).not.to.deep.equal([...load]);
  });

  it('asks for the wanted number of places a second, in the order of time, to the end', () => {
    const times = [...addressLoad(small)].map(({ atMs }) => atMs);
    expect(times.length).to.be.within(0.95 * 50 * 720, 1.05 * 50 * 720);
    expect(times).to.deep.equal(times.toSorted((one, other) => one - other));
    expect(times.at(-1)).to.be.within(0.19 * HOUR_MS, 0.2 * HOUR_MS);
  });

  it('asks for the r-th place 1/r as often as for the first, in all three spellings', () => {
    const counts = new Map<number, number>();
    const spellings = new Set<string>();
    for (const { placeId, spelling } of addressLoad({ ...small, hours: 2 })) {
      counts.set(placeId, (counts.get(placeId) ?? 0) + 1);
      if (placeId === 0) spellings.add(spelling);
    }
    const first = counts.get(0) ?? 0;
    for (const rank of [2, 3, 5, 10]) {
      expect((counts.get(rank - 1) ?? 0) * rank).to.be.within(0.93 * first, 1.07 * first);
    }
    expect(spellings).to.deep.equal(new Set(addressPlaces(small.seed, small.addresses)[0]));
  });
});

describe('idealHits', () => {
  const arrival = (atMs: number, placeId: number): Arrival => ({
    atMs,
    placeId,
    spelling: `${placeId} at ${atMs}`,
  });

  it('counts what was loaded less than a lifetime before, in any spelling', () => {
    expect(idealHits([arrival(0, 1), arrival(5, 1), arrival(9, 1), arrival(9, 2)], 10)).to.equal(2);
  });

  it('does not let a hit prolong the life', () => {
    expect(
      idealHits([arrival(0, 1), arrival(9, 1), arrival(10, 1), arrival(19, 1), arrival(20, 1)], 10),
    ).to.equal(2);
  });

  it('counts nothing of an empty load', () => {
    expect(idealHits([], 10)).to.equal(0);
  });

  it('finds that the named load can be answered from a cache of 60 minutes in more than 80 % of the cases', () => {
    let arrivals = 0;
    const counted = (function* (): Iterable<Arrival> {
      for (const one of addressLoad(NAMED_LOAD)) {
        arrivals += 1;
        yield one;
      }
    })();
    const hits = idealHits(counted, HOUR_MS);
    expect(arrivals).to.be.within(1_435_000, 1_445_000);
    expect(hits / arrivals).to.be.within(0.9, 0.97);
  });
});
