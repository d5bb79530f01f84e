import { cities, type City } from './cities.ts';
import { countries } from './countries.ts';

export type Point = { readonly lat: number; readonly lng: number };

/** A reverse geocode farther than this from every known city finds nothing. */
const houseReachMetres = 50_000;
/** Points farther than this from every known city count as open sea: the table has no coastlines. */
const roadReachMetres = 600_000;

const earthRadiusMetres = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export const haversineMetres = (a: Point, b: Point): number => {
  const dLat = Math.sin(radians(b.lat - a.lat) / 2);
  const dLng = Math.sin(radians(b.lng - a.lng) / 2);
  const h = dLat * dLat + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * dLng * dLng;
  return 2 * earthRadiusMetres * Math.asin(Math.min(1, Math.sqrt(h)));
};

export const isOnEarth = ({ lat, lng }: Point): boolean =>
  Number.isFinite(lat) && Number.isFinite(lng) && Math.abs(lat) <= 90 && Math.abs(lng) <= 180;

const nearest = (point: Point, reachMetres: number): City | undefined => {
  let best: City | undefined;
  let bestMetres = reachMetres;
  for (const city of cities) {
    const metres = haversineMetres(point, city);
    if (metres > bestMetres) continue;
    best = city;
    bestMetres = metres;
  }
  return best;
};

export const cityAround = (point: Point): City | undefined => nearest(point, houseReachMetres);

/** The land mass within which one can drive from the point; undefined at sea. */
export const landOf = (point: Point): string | undefined => {
  const city = nearest(point, roadReachMetres);
  return city && countries[city.country].land;
};

/** The point is nowhere near a known city, while its mirror image is in one. */
export const looksSwapped = ({ lat, lng }: Point): boolean => {
  const mirror = { lat: lng, lng: lat };
  return isOnEarth(mirror) && cityAround(mirror) !== undefined && cityAround({ lat, lng }) === undefined;
};

const decimal = String.raw`[+-]?\d{1,3}(?:\.\d+)?`;
const pair = new RegExp(String.raw`^\s*(${decimal})(?:\s*,\s*|\s+)(${decimal})\s*$`, 'u');

/** Two plain decimals. Exponent notation is not accepted, as at the real services. */
export const readPair = (text: string): readonly [number, number] | undefined => {
  const found = pair.exec(text);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
};

/** Five decimals, about a metre: callers round before they ask, so fixtures are found by the rounded point. */
export const pointKey = ({ lat, lng }: Point): string => `${lat.toFixed(5)},${lng.toFixed(5)}`;
