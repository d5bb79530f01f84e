import { countries } from './countries.ts';
import { recordedByKey, replay, type FixtureFile } from './fixtures.ts';
import { googleTrouble } from './google-trouble.ts';
import { cellsOf } from './matrix-points.ts';
import { cityAround, looksSwapped, readPair, type Point } from './places.ts';
import { resolveAddress, type KnownHouses } from './resolve.ts';
import { estimatedLeg, type Pace } from './road.ts';
import type { Answer, Call, Marker, StandIn } from './stand-in.ts';

const path = '/maps/api/distancematrix/json';
const mostPoints = 25;
const mostElements = 100;
const paces: ReadonlyMap<string, Pace> = new Map([
  ['driving', 'drive'],
  ['walking', 'walk'],
  ['bicycling', 'cycle'],
  ['transit', 'transit'],
]);

const empty = { destination_addresses: [], origin_addresses: [], rows: [] };
const inWords = (metres: number): string =>
  metres < 1000 ? `${metres} m` : `${(metres / 1000).toFixed(metres < 100_000 ? 1 : 0)} km`;
const inMinutes = (seconds: number): string => `${Math.max(1, Math.round(seconds / 60))} mins`;

const namedPlace = (point: Point | undefined): string => {
  const city = point && cityAround(point);
  return city ? `${city.names.en}, ${countries[city.country].names.en}` : '';
};

const readEnds = (text: string, known: KnownHouses): (Point | undefined)[] =>
  text.split('|').map((part) => {
    const pair = readPair(part);
    return pair ? { lat: pair[0], lng: pair[1] } : resolveAddress(part, known)?.point;
  });

const elementOf = (from: Point | undefined, to: Point | undefined, pace: Pace): object => {
  if (!from || !to) return { status: 'NOT_FOUND' };
  const leg = estimatedLeg(from, to, pace);
  if (!leg) return { status: 'ZERO_RESULTS' };
  const { metres, seconds } = leg;
  return {
    distance: { text: inWords(metres), value: metres },
    duration: { text: inMinutes(seconds), value: seconds },
    status: 'OK',
  };
};

/** The legacy Distance Matrix: coordinates or addresses, rows by origin, a status word in every element. */
export const googleMatrix = (file: FixtureFile, known: KnownHouses): StandIn => {
  const equal = replay(file);

  const words = (status: string, message?: string): Answer => ({
    status: 200,
    headers: file.headers,
    body: JSON.stringify({ ...empty, ...(message ? { error_message: message } : {}), status }),
    outcome: 'invalid',
  });
  const answer = (call: Call, mark: Marker): Answer => {
    const { query } = call;
    const recorded = equal(call);
    if (recorded) return recorded;
    if (!query.get('language')) mark('missing_language');
    const absent = ['origins', 'destinations'].find((name) => !query.get(name));
    const pace = paces.get(query.get('mode') ?? 'driving');
    if (absent !== undefined || !pace) {
      mark('malformed');
      const name = absent ?? 'mode';
      return words('INVALID_REQUEST', `Invalid request. Missing the '${name}' parameter.`);
    }
    const origins = readEnds(query.get('origins') ?? '', known);
    const destinations = readEnds(query.get('destinations') ?? '', known);
    if (origins.length * destinations.length > mostElements) return words('MAX_ELEMENTS_EXCEEDED');
    if (Math.max(origins.length, destinations.length) > mostPoints) return words('MAX_DIMENSIONS_EXCEEDED');
    if ([...origins, ...destinations].some((point) => point && looksSwapped(point)))
      mark('swapped_coordinates');
    const body = {
      destination_addresses: destinations.map(namedPlace),
      origin_addresses: origins.map(namedPlace),
      rows: origins.map((from) => ({ elements: destinations.map((to) => elementOf(from, to, pace)) })),
      status: 'OK',
    };
    return { status: 200, headers: file.headers, body: JSON.stringify(body), outcome: 'ok' };
  };

  return {
    name: 'google-matrix',
    serves: (method, asked) => method === 'GET' && asked === path,
    keyOf: ({ query }) => query.get('key') ?? undefined,
    units: ({ query }) => cellsOf(query),
    answer,
    trouble: googleTrouble(file.headers, empty),
    recorded: recordedByKey(file, ({ request }) => request.query?.['key']),
  };
};
