import { readFile } from 'node:fs/promises';
import type { Coordinates } from '../../../domain/provider/coordinates.ts';
import { haversineMetres } from '../../../domain/provider/haversine.ts';
import { sortedLines } from './sorted-lines.ts';

export type Place = {
  /** GeoNames id; empty for a town that is not there. */
  readonly id: string;
  readonly countryCode: string;
  readonly coordinates: Coordinates;
  readonly population: number;
  /** Display names; Russian and Uzbek ones may be empty. */
  readonly name: string;
  readonly nameRu: string;
  readonly nameUz: string;
  /** As in `regionNamed`; empty where regions are not known. */
  readonly region: string;
};
export type Country = {
  readonly code: string;
  readonly name: string;
  readonly nameRu: string;
  readonly nameUz: string;
};
/** A place found by one of its names. `exact`: a main name, not an alternate one. */
export type Named = { readonly place: Place; readonly exact: boolean };

export type PlaceIndex = {
  /** By folded name (fold-name.ts), largest population first. */
  readonly named: (key: string) => readonly Named[];
  readonly countryNamed: (key: string) => Country | undefined;
  readonly country: (code: string) => Country | undefined;
  /** The region's code, which begins with that of its country, by its folded name without the word for region. */
  readonly regionNamed: (key: string) => string | undefined;
  /** Undefined if there is none within 50 km. */
  readonly nearest: (point: Coordinates) => Place | undefined;
};

const DATA = new URL('./data/', import.meta.url);
const NONE: readonly Named[] = [];

/** Reads the data files built by scripts/build-gazetteer.ts. */
export const loadPlaceIndex = async (): Promise<PlaceIndex> => {
  const read = (file: string): Promise<string> => readFile(new URL(file, DATA), 'utf8');
  const [placeText, nameText, countryText, regionText] = await Promise.all([
    read('places.tsv'),
    read('names.tsv'),
    read('countries.tsv'),
    read('regions.tsv'),
  ]);
  const places = rowsOf(placeText).map(placeOf);
  const rowsNamed = sortedLines(nameText);
  const countries = rowsOf(countryText).map((row) => ({ country: countryOf(row), keys: row[4] ?? '' }));
  const byCode = new Map(countries.map(({ country }) => [country.code, country]));
  const byName = new Map(
    countries.flatMap(({ country, keys }) => keys.split('|').map((key) => [key, country] as const)),
  );
  return {
    named: (key) => rowsNamed(key)?.split(',').map(namedIn(places)) ?? NONE,
    countryNamed: (key) => byName.get(key),
    country: (code) => byCode.get(code),
    regionNamed: sortedLines(regionText),
    nearest: (point) => nearestOf(places, point),
  };
};

const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));

/** `17`, or `17*` for a main name. */
const namedIn =
  (places: readonly Place[]) =>
  (reference: string): Named => {
    const exact = reference.endsWith('*');
    const place = places[Number(exact ? reference.slice(0, -1) : reference)];
    if (place === undefined) throw new Error('the gazetteer data files do not belong together');
    return { place, exact };
  };

const placeOf = (row: readonly string[]): Place => {
  const [id = '', countryCode = '', latitude, longitude, population, ...names] = row;
  const [name = '', nameRu = '', nameUz = '', region = ''] = names;
  return {
    id,
    countryCode,
    coordinates: { latitude: Number(latitude), longitude: Number(longitude) },
    population: Number(population),
    name,
    nameRu,
    nameUz,
    region,
  };
};

const countryOf = ([code = '', name = '', nameRu = '', nameUz = '']: readonly string[]): Country => ({
  code,
  name,
  nameRu,
  nameUz,
});

/** No degree of latitude is shorter than this. */
const METRES_PER_DEGREE = 110_000;
/** A city farther away says nothing about a point. */
const SEARCH_METRES = 50_000;

/** The nearest centre within 50 km. One pass over some 4,000 places takes about 30 microseconds. */
const nearestOf = (places: readonly Place[], point: Coordinates): Place | undefined => {
  let best: Place | undefined;
  let least = SEARCH_METRES;
  for (const place of places) {
    const apart = Math.abs(place.coordinates.latitude - point.latitude) * METRES_PER_DEGREE;
    if (apart > least) continue;
    const metres = haversineMetres(point, place.coordinates);
    if (metres <= least) [best, least] = [place, metres];
  }
  return best;
};
