import { foldName } from './fold-name.ts';
import { STREET_WORDS, windowsOf } from './name-windows.ts';
import type { Country, Named, PlaceIndex } from './place-index.ts';
import { besideCityWords, cityNamed, countryNamed, placesNamed } from './place-names.ts';
import { besideRegion, inRegions, isWholeRegion, REGION_WORDS, regionsNamed } from './region-words.ts';

/** What the gazetteer understood of an address. */
export type PlaceQuery = {
  /** All places of the name found, largest first. Empty: no part of the text is a known city. */
  readonly places: readonly Named[];
  /** The country that the text itself names. */
  readonly country: Country | undefined;
  /** The text contains more than city, region, postcode and country: a street or a house. */
  readonly asksForMore: boolean;
};

const POSTCODE = /^\d{5,6}$/;
const DIGIT = /\d/;

type Part =
  | { readonly kind: 'city'; readonly places: readonly Named[]; readonly country: Country | undefined }
  | { readonly kind: 'country'; readonly country: Country }
  /** Region or postcode: neither the city nor more than a city. */
  | { readonly kind: 'frame' }
  | { readonly kind: 'unknown'; readonly tokens: readonly string[] };

/** Splits an address at its commas, or without any at word boundaries. Only the first 1,000 characters are read. */
export const readPlaceQuery = (address: string, index: PlaceIndex): PlaceQuery => {
  const segments = address
    .slice(0, 1000)
    .split(/[,;\n]+/)
    .map((segment) => foldName(segment).split(' '))
    .filter((tokens) => tokens[0] !== '');
  const parts = segments.map((tokens) => partOf(tokens, index));
  const country = parts
    .map((part) => ('country' in part ? part.country : undefined))
    .find((c) => c !== undefined);
  const cities = townsOf(parts, segments, index).toSorted(
    (a, b) => populationIn(b, country) - populationIn(a, country),
  );
  const [city] = cities;
  const regions = regionsNamed(segments, index, (at, code) => isRegion(parts[at], code, cities));
  if (city !== undefined) {
    const places = inRegions(inCountry(city, country), regions);
    const chosen = places[0]?.place;
    return {
      places,
      country,
      asksForMore:
        parts.some((part) => part.kind === 'unknown') ||
        cities.some((other) => !other.some(({ place }) => place === chosen)),
    };
  }
  const unknown = parts.flatMap((part) => (part.kind === 'unknown' ? [part.tokens] : []));
  const found = unknown.map((tokens) => placesIn(tokens, country, index)).find(({ places: [best] }) => best);
  return {
    places: inRegions(found?.places ?? [], regions),
    country: found?.country ?? country,
    asksForMore: true,
  };
};

/**
 * In GeoNames, "Воронежская область" is also a name of Воронеж: it means the town only if no town of the region is
 * named.
 */
const townsOf = (
  parts: readonly Part[],
  segments: readonly (readonly string[])[],
  index: PlaceIndex,
): readonly (readonly Named[])[] => {
  const towns = citiesOf(
    parts.filter((_part, at) => !isWholeRegion(segments[at] ?? [], index)),
    index,
  );
  return towns.length > 0 ? towns : citiesOf(parts, index);
};

/**
 * "Kirov" is no region in which to look for Kirov itself; "Taganrog, Rostov" names one, since the other town is there.
 */
const isRegion = (
  part: Part | undefined,
  code: string,
  [city, ...others]: readonly (readonly Named[])[],
): boolean =>
  part?.kind !== 'city' || part.places !== city || others.flat().some(({ place }) => place.region === code);

type Found = Pick<PlaceQuery, 'places' | 'country'>;

/**
 * "ул. Навои 30 Ташкент Узбекистан": first with the country at either end as its country, if the town is there, and
 * otherwise without.
 */
const placesIn = (tokens: readonly string[], country: Country | undefined, index: PlaceIndex): Found => {
  const apart = splits(tokens).flatMap(([rest, ending, beside]) => {
    const named = STREET_WORDS.has(beside) ? undefined : countryNamed(ending, index);
    return named === undefined || (country ?? named) !== named ? [] : [{ rest, country: named }];
  });
  for (const { rest, country: named } of [...apart, { rest: tokens, country }]) {
    const names = [
      ...besideCityWords(rest).map((key) => [key]),
      ...besideRegion(rest).flatMap(windowsOf),
      ...windowsOf(rest),
    ];
    const places = names
      .map((keys) => largest(keys.map((key) => inCountry(placesNamed(key, index), named))))
      .find(([best]) => best !== undefined);
    if (places !== undefined) return { places, country: named };
  }
  return { places: [], country };
};

/**
 * A city state looks like a country: it counts as the city if nothing else does. By its main name only, since other
 * towns were once named after their country.
 */
const citiesOf = (parts: readonly Part[], index: PlaceIndex): readonly (readonly Named[])[] => {
  const cities = parts.flatMap((part) => (part.kind === 'city' ? [part.places] : []));
  if (cities.length > 0 || parts.some((part) => part.kind === 'unknown')) return cities;
  return parts
    .flatMap((part) => (part.kind === 'country' ? [index.named(foldName(part.country.name))] : []))
    .map((places) => places.filter(({ exact }) => exact))
    .filter((places) => places.length > 0);
};

/** The country that a text names is no hint but a fact: a place of the same name elsewhere is not meant. */
const inCountry = (places: readonly Named[], country: Country | undefined): readonly Named[] =>
  country === undefined ? places : places.filter(({ place }) => place.countryCode === country.code);

/** If there is none: less than for a town whose population is unknown. */
const populationIn = (places: readonly Named[], country: Country | undefined): number =>
  inCountry(places, country)[0]?.place.population ?? -1;

/** "Навои 13 Ташкент": many streets are named after another town, mostly a smaller one. */
const largest = (found: readonly (readonly Named[])[]): readonly Named[] =>
  found.toSorted((a, b) => populationIn(b, undefined) - populationIn(a, undefined))[0] ?? [];

const partOf = (tokens: readonly string[], index: PlaceIndex): Part => {
  const words = tokens.filter((token) => !POSTCODE.test(token));
  if (words.length === 0) return { kind: 'frame' };
  const whole = wholePart(words, index);
  if (whole !== undefined) return whole;
  const namesMore = words.some((word) => STREET_WORDS.has(word) || DIGIT.test(word));
  if (namesMore || !words.some((word) => REGION_WORDS.has(word))) return { kind: 'unknown', tokens: words };
  const beside = besideCityWords(words)
    .map((key) => placesNamed(key, index))
    .find((found) => found.length > 0);
  if (beside !== undefined) return { kind: 'city', places: beside, country: undefined };
  const parts = besideRegion(words).map((rest) => wholePart(rest, index));
  return parts.find((part) => part?.kind === 'city') ?? { kind: 'frame' };
};

/** A country, a city, or both; undefined: something else, or something more. */
const wholePart = (words: readonly string[], index: PlaceIndex): Part | undefined => {
  const country = countryNamed(words, index);
  if (country !== undefined) return { kind: 'country', country };
  const places = cityNamed(words, index);
  if (places.length > 0) return { kind: 'city', places, country: undefined };
  for (const [rest, ending] of splits(words)) {
    const named = countryNamed(ending, index);
    const city = named === undefined ? [] : cityNamed(rest, index);
    if (city.length > 0) return { kind: 'city', places: city, country: named };
  }
  return undefined;
};

/** A country before or after the city without a comma: the rest, the country, and the word beside it. */
const splits = (
  words: readonly string[],
): readonly (readonly [rest: readonly string[], country: readonly string[], beside: string])[] =>
  [1, 2, 3]
    .filter((size) => size < words.length)
    .flatMap((size) => [
      [words.slice(0, -size), words.slice(-size), words.at(-size - 1) ?? ''] as const,
      [words.slice(size), words.slice(0, size), words[size] ?? ''] as const,
    ]);
