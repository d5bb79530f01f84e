import type { ProviderName } from '../external-service/external-service.ts';
import type { Coordinates } from './coordinates.ts';
import {
  precisions,
  type Bounds,
  type GeocodeMatch,
  type GeocodeMatches,
  type Precision,
} from './geocoder.ts';
import { haversineMetres } from './haversine.ts';

/** Below this score, if the query names a house, the next provider is asked too. */
const TRY_FALLBACK_BELOW = 0.6;
const KEEP_BOTH_WHEN_APART_METRES = 1000;

/** Such a provider's "no match" says nothing about houses and streets. */
export const knowsTownsOnly = (provider: ProviderName): boolean => provider === 'gazetteer';

/**
 * Whether the query names a house. A function, because parsing an address takes a twentieth of the time of a cache miss
 * and is often not needed.
 */
export type AsksForHouse = () => boolean;

/** A city centre is not acceptable for a house, but it is for a city. */
const acceptable = (best: GeocodeMatch, asksForHouse: AsksForHouse): boolean =>
  best.confidence >= TRY_FALLBACK_BELOW || !asksForHouse();

/** True when another provider may do better: nothing was found, or it is too coarse for the requested house. */
export const isPoorMatch = (answer: GeocodeMatches, asksForHouse: AsksForHouse): boolean => {
  const [best] = answer.matches;
  return best === undefined || !acceptable(best, asksForHouse);
};

const COARSE: ReadonlySet<string> = new Set<Precision>(['city', 'region', 'country']);

/** The offline gazetteer knows nothing finer. A real geocoder answers so only for a point far from everything. */
export const isCoarse = ({ precision }: GeocodeMatch): boolean => COARSE.has(precision);

/**
 * Only the town was found although a street in it was asked for; a town that was asked for itself is not a partial
 * match.
 */
export const isTownAlone = (answer: GeocodeMatches): boolean => {
  const [best] = answer.matches;
  return best !== undefined && best.partialMatch && isCoarse(best);
};

/** West is less than east, except for bounds that cross the 180th meridian. */
const liesIn = ({ southWest, northEast }: Bounds, { latitude, longitude }: Coordinates): boolean =>
  latitude >= southWest.latitude &&
  latitude <= northEast.latitude &&
  (southWest.longitude <= northEast.longitude
    ? longitude >= southWest.longitude && longitude <= northEast.longitude
    : longitude >= southWest.longitude || longitude <= northEast.longitude);

/**
 * Moves a house to the front if it lies within the coarse best match: it is the one asked for. A house elsewhere may be
 * in a street of the same name in another town, so it stays behind and the next provider is asked.
 */
export const houseFirst = (answer: GeocodeMatches, asksForHouse: AsksForHouse): GeocodeMatches => {
  const [best] = answer.matches;
  if (best?.bounds === undefined || acceptable(best, asksForHouse)) return answer;
  const { bounds } = best;
  const house = answer.matches.find(
    (match) =>
      match.precision === 'house' &&
      !match.partialMatch &&
      acceptable(match, asksForHouse) &&
      liesIn(bounds, match.coordinates),
  );
  if (house === undefined) return answer;
  return { ...answer, matches: [house, ...answer.matches.filter((match) => match !== house)] };
};

const rank = (match: GeocodeMatch): number => precisions.indexOf(match.precision);

type Winner = 'first' | 'second';

/** The match with the higher score; the first on a tie, or when it is a house and the second is coarser. */
export const betterOf = (first: GeocodeMatch, second: GeocodeMatch): Winner =>
  second.confidence > first.confidence && !(first.precision === 'house' && rank(second) > rank(first))
    ? 'second'
    : 'first';

/** Two equally precise matches that are far apart contradict each other, and the caller must see both. */
const contradict = (a: GeocodeMatch, b: GeocodeMatch): boolean =>
  a.precision === b.precision && haversineMetres(a.coordinates, b.coordinates) > KEEP_BOTH_WHEN_APART_METRES;

const BETWEEN = '; ';

/** The first may be of several providers already; each is named once. */
const joined = (several: string, one: string): string =>
  several.split(BETWEEN).includes(one) ? several : `${several}${BETWEEN}${one}`;

export type MergedAnswer = {
  readonly answer: GeocodeMatches;
  readonly winner: Winner;
  /** The answer contains matches of both providers. */
  readonly isMixed: boolean;
};

/**
 * Merges two answers. If the best matches contradict each other, the loser's is placed second, so the result may exceed
 * the requested limit by one.
 */
export const mergeAnswers = (first: GeocodeMatches, second: GeocodeMatches): MergedAnswer => {
  const [firstBest] = first.matches;
  const [secondBest] = second.matches;
  if (secondBest === undefined) return { answer: first, winner: 'first', isMixed: false };
  if (firstBest === undefined) return { answer: second, winner: 'second', isMixed: false };

  const winner = betterOf(firstBest, secondBest);
  const [won, lost] = winner === 'first' ? [first, second] : [second, first];
  if (!contradict(firstBest, secondBest)) return { answer: won, winner, isMixed: false };
  const [best, other] = winner === 'first' ? [firstBest, secondBest] : [secondBest, firstBest];
  return {
    answer: {
      matches: [best, other, ...won.matches.slice(1)],
      attribution: joined(won.attribution, lost.attribution),
    },
    winner,
    isMixed: true,
  };
};
