import { highestHouse, unknownStreet } from './address-words.ts';
import { parseAddress } from './address-text.ts';
import type { City } from './cities.ts';
import { countries, type Names } from './countries.ts';
import { hash32, roundDegrees, spread } from './hash.ts';
import { cityAround, pointKey, type Point } from './places.ts';

export type Found = {
  readonly level: 'house' | 'street' | 'city';
  readonly city: City;
  readonly point: Point;
  readonly street?: Names;
  readonly house?: string;
  /** More was requested than was found. */
  readonly partial: boolean;
};

/** The points of the houses in the fixtures, by normalised address, so that every spelling finds its house. */
export type KnownHouses = ReadonlyMap<string, Point>;

/** A street is within about 4 km of the centre, its houses within about 500 m of the street's point. */
const streetSpread = 0.036;
const houseSpread = 0.0045;

const around = (centre: Point, text: string, degrees: number): Point => ({
  lat: roundDegrees(centre.lat + spread(text, 1) * degrees),
  lng: roundDegrees(centre.lng + spread(text, 2) * degrees),
});

const sameInEvery = (text: string): Names => ({ ru: text, en: text, uz: text });
const centreOf = ({ lat, lng }: City): Point => ({ lat, lng });

/** Any street of a known city is assumed to exist, and any house in it; a city alone resolves to the city. */
export const resolveAddress = (address: string, known: KnownHouses): Found | undefined => {
  const parsed = parseAddress(address);
  if (!parsed) return undefined;
  const { city, street, house, key } = parsed;
  const centre = centreOf(city);
  if (street === '' || unknownStreet.test(street.toLowerCase())) {
    return { level: 'city', city, point: centre, partial: street !== '' || house !== '' };
  }
  const streetPoint = around(centre, key.slice(0, key.lastIndexOf('|')), streetSpread);
  const names = sameInEvery(street);
  if (house === '' || Number.parseInt(house, 10) > highestHouse) {
    return { level: 'street', city, point: streetPoint, street: names, partial: house !== '' };
  }
  const point = known.get(key) ?? around(streetPoint, key, houseSpread);
  return { level: 'house', city, point, street: names, house, partial: false };
};

/** The house for a point: there is always one within 50 km of a known city. */
export const resolvePoint = (point: Point): Found | undefined => {
  const city = cityAround(point);
  if (!city) return undefined;
  const key = pointKey(point);
  const { streets } = countries[city.country];
  const street = streets[hash32(key, 3) % streets.length] ?? streets[0];
  const house = String(1 + (hash32(key, 4) % 150));
  return { level: 'house', city, point: around(point, key, 0.00005), street, house, partial: false };
};

/** The same place without its finer parts, for the coarser results of a reverse look-up. */
export const coarser = (found: Found, level: 'street' | 'city'): Found => ({
  level,
  city: found.city,
  point: level === 'city' ? centreOf(found.city) : found.point,
  ...(level === 'street' && found.street ? { street: found.street } : {}),
  partial: false,
});

export const placeKey = ({ level, city, street, house }: Found): string =>
  [level, city.id, street?.en ?? '', house ?? ''].join('|');
