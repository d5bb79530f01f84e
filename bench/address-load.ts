import { addressPlaces } from './address-places.ts';
import { seededRandom } from './seeded-random.ts';

/**
 * `addresses` places; the place of rank r is requested 1 / r^`exponent` times as often as the first (a Zipf
 * distribution).
 */
export type LoadShape = {
  readonly seed: number;
  readonly addresses: number;
  readonly exponent: number;
  readonly perSecond: number;
  readonly hours: number;
};

/** `atMs` counts from the start of the load. `placeId` is known only to the load; a service sees the spelling. */
export type Arrival = { readonly atMs: number; readonly placeId: number; readonly spelling: string };

/** The load by which a cache is judged: 1.44 million requests for 20,000 buildings, each spelled in three ways. */
export const NAMED_LOAD: LoadShape = {
  seed: 20_000,
  addresses: 20_000,
  exponent: 1,
  perSecond: 50,
  hours: 8,
};

/** The cumulative probability of the places up to and including each rank. */
const cumulativeZipf = (addresses: number, exponent: number): Float64Array => {
  const shares = new Float64Array(addresses);
  let sum = 0;
  for (let rank = 0; rank < addresses; rank += 1) {
    sum += (rank + 1) ** -exponent;
    shares[rank] = sum;
  }
  return shares.map((share) => share / sum);
};

/** The first rank whose cumulative probability is above the value. */
const rankOf = (chances: Float64Array, value: number): number => {
  let low = 0;
  let high = chances.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chances[middle] ?? 1) > value) high = middle;
    else low = middle + 1;
  }
  return low;
};

/**
 * Requests in the order of their times, independent of each other (exponentially distributed pauses). It can be
 * iterated several times, and is the same every time for the same seed. A place's id is its rank, from 0.
 */
export const addressLoad = ({
  seed,
  addresses,
  exponent,
  perSecond,
  hours,
}: LoadShape): Iterable<Arrival> => {
  const places = addressPlaces(seed, addresses);
  const chances = cumulativeZipf(addresses, exponent);
  const endMs = hours * 3_600_000;
  return {
    *[Symbol.iterator]() {
      // A different random sequence from that of the places, which use the same seed.
      const random = seededRandom(seed + 1);
      const pause = (): number => (-Math.log(1 - random.next()) * 1000) / perSecond;
      for (let atMs = pause(); atMs < endMs; atMs += pause()) {
        const placeId = rankOf(chances, random.next());
        const spellings = places[placeId];
        if (spellings !== undefined) yield { atMs, placeId, spelling: random.pick(spellings) };
      }
    },
  };
};

/**
 * The number of hits of an ideal cache, which knows which spellings mean the same place and never evicts early: a hit
 * is a place that was loaded less than the lifetime before. A hit does not extend the lifetime.
 */
export const idealHits = (load: Iterable<Arrival>, lifetimeMs: number): number => {
  const loadedAt = new Map<number, number>();
  let hits = 0;
  for (const { atMs, placeId } of load) {
    const loaded = loadedAt.get(placeId);
    if (loaded !== undefined && atMs - loaded < lifetimeMs) hits += 1;
    else loadedAt.set(placeId, atMs);
  }
  return hits;
};
