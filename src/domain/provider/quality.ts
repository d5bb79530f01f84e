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

/** Below this, and with a house in the query, the next provider is asked too. */
const TRY_FALLBACK_BELOW = 0.6;
const KEEP_BOTH_WHEN_APART_METRES = 1000;

/** To find nothing there says nothing of houses and streets. */
export const knowsTownsOnly = (provider: ProviderName): boolean => provider === 'gazetteer';

/** Whether the query asks for a house. Called when it matters: reading an address takes a twentieth of a miss. */
export type AsksForHouse = () => boolean;

/** A city centre for a house is no answer; a city centre for a city is. */
const acceptable = (best: GeocodeMatch, asksForHouse: AsksForHouse): boolean =>
  best.confidence >= TRY_FALLBACK_BELOW || !asksForHouse();

/** True when another provider may know better: nothing found, or too coarse for the house that was asked. */
export const isPoorMatch = (answer: GeocodeMatches, asksForHouse: AsksForHouse): boolean => {
  const [best] = answer.matches;
  return best === undefined || !acceptable(best, asksForHouse);
};

const COARSE: ReadonlySet<string> = new Set<Precision>(['city', 'region', 'country']);

/** All that the offline gazetteer knows, and a real geocoder says of a point in the desert only. */
export const isCoarse = ({ precision }: GeocodeMatch): boolean => COARSE.has(precision);

/** The town, where a street of it was asked for: to be told from a town that was asked for by its being a part. */
export const isTownAlone = (answer: GeocodeMatches): boolean => {
  const [best] = answer.matches;
  return best !== undefined && best.partialMatch && isCoarse(best);
};

/** West of east, but where they enclose the 180th meridian. */
const liesIn = ({ southWest, northEast }: Bounds, { latitude, longitude }: Coordinates): boolean =>
  latitude >= southWest.latitude &&
  latitude <= northEast.latitude &&
  (southWest.longitude <= northEast.longitude
    ? longitude >= southWest.longitude && longitude <= northEast.longitude
    : longitude >= southWest.longitude || longitude <= northEast.longitude);

/**
 * A house inside of what is too coarse in front of it is the one that was asked for. One elsewhere may stand in a
 * street of the same name in another town, so it stays behind, and the next provider is asked.
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

/** The higher score; the first on a tie, and whenever it has a house and the second something coarser. */
export const betterOf = (first: GeocodeMatch, second: GeocodeMatch): Winner =>
  second.confidence > first.confidence && !(first.precision === 'house' && rank(second) > rank(first))
    ? 'second'
    : 'first';

/** Two providers that are equally fine and far apart contradict each other: the caller must see both. */
const contradict = (a: GeocodeMatch, b: GeocodeMatch): boolean =>
  a.precision === b.precision && haversineMetres(a.coordinates, b.coordinates) > KEEP_BOTH_WHEN_APART_METRES;

const joined = (a: string, b: string): string => (a === b ? a : `${a}; ${b}`);

export type MergedAnswer = {
  readonly answer: GeocodeMatches;
  readonly winner: Winner;
  /** Matches of both stand in the answer. */
  readonly isMixed: boolean;
};

/**
 * One answer out of two. The loser's best stands second when the two contradict each other, so it may be one longer
 * than the limit asked for.
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
