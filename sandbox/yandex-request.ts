import { readPair, type Point } from './places.ts';
import type { Call, Marker } from './stand-in.ts';
import type { Asked } from './yandex-collection.ts';
import type { GeoObject } from './yandex-geo-object.ts';

const languages = ['ru_RU', 'uk_UA', 'be_BY', 'en_RU', 'en_US', 'tr_TR'];
const reverseKinds = ['house', 'street', 'metro', 'district', 'locality'];
const mostResults = 50;

/** The requested version: both addresses of each version count as one. */
export const folded = (path: string): string => (path.startsWith('/1.x') ? '/1.x/' : '/v1/');

/** Longitude first, unless `sco=latlong` says otherwise. */
export const pointOf = (geocode: string, sco: string | null): Point | undefined => {
  const pair = readPair(geocode);
  if (!pair) return undefined;
  const [lng, lat] = sco === 'latlong' ? [pair[1], pair[0]] : pair;
  return { lat, lng };
};

/** The error in the parameters, in the service's words; marks the outcome it is counted as. */
export const problemOf = ({ path, query }: Call, mark: Marker): string | undefined => {
  const lang = query.get('lang');
  if (!lang) mark('missing_language');
  if (lang && !languages.includes(lang)) {
    mark('bad_lang_form');
    return 'lang parameter has an invalid value';
  }
  const wrong = (message: string): string => {
    mark('malformed');
    return message;
  };
  if (!lang && folded(path) === '/v1/') return wrong('lang parameter is required');
  const kind = query.get('kind');
  if (kind !== null && !reverseKinds.includes(kind)) return wrong('kind parameter has an invalid value');
  const results = Number(query.get('results') ?? 10);
  if (!Number.isInteger(results) || results < 1 || results > mostResults) {
    return wrong('results parameter has an invalid value');
  }
  const skip = Number(query.get('skip') ?? 0);
  if (!Number.isInteger(skip) || skip < 0 || skip % results !== 0) {
    return wrong('skip parameter has an invalid value');
  }
  if (!query.get('geocode') && !query.get('uri')) return wrong('geocode parameter is required');
  return undefined;
};

export const askedOf = ({ query }: Call): Asked => {
  const geocode = query.get('geocode') ?? '';
  const point = pointOf(geocode, query.get('sco'));
  return {
    geocode,
    page: { results: Number(query.get('results') ?? 10), skip: Number(query.get('skip') ?? 0) },
    point,
    kind: point ? (query.get('kind') ?? undefined) : undefined,
  };
};

type Pair = readonly [lng: number, lat: number];

/** Two corners: `bbox`, or `spn` degrees around `ll`. */
const windowOf = (query: URLSearchParams): readonly [Pair, Pair] | undefined => {
  const [a, b] = (query.get('bbox') ?? '').split('~').map(readPair);
  if (a && b) return [a, b];
  const [ll, spn] = [readPair(query.get('ll') ?? ''), readPair(query.get('spn') ?? '')];
  if (!ll || !spn) return undefined;
  const corner = (side: number): Pair => [ll[0] + (side * spn[0]) / 2, ll[1] + (side * spn[1]) / 2];
  return [corner(-1), corner(1)];
};

/** `rspn=1` turns the window from a preference into a limit. */
export const insideWindow = (query: URLSearchParams): ((object: GeoObject) => boolean) => {
  const window = windowOf(query);
  if (query.get('rspn') !== '1' || !window) return () => true;
  const [a, b] = window;
  return ({ Point: { pos } }) => {
    const [lng = 0, lat = 0] = pos.split(' ').map(Number);
    const between = (value: number, one: number, other: number): boolean =>
      value >= Math.min(one, other) && value <= Math.max(one, other);
    return between(lng, a[0], b[0]) && between(lat, a[1], b[1]);
  };
};
