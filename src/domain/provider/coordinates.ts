import { left, right, type Either } from '../shared/fp.ts';

/**
 * A point in WGS 84 decimal degrees. Never a bare pair, because the order of latitude and longitude differs even within
 * one vendor's APIs.
 */
export type Coordinates = { readonly latitude: number; readonly longitude: number };

export type CoordinatesProblem = { readonly field: 'latitude' | 'longitude'; readonly detail: string };

const within = (value: number, limit: number): boolean => Number.isFinite(value) && Math.abs(value) <= limit;

/** Validates both values and reports all problems together. */
export const coordinates = (
  latitude: number,
  longitude: number,
): Either<readonly CoordinatesProblem[], Coordinates> => {
  const problems: CoordinatesProblem[] = [];
  if (!within(latitude, 90)) problems.push({ field: 'latitude', detail: 'a number from -90 to 90' });
  if (!within(longitude, 180)) problems.push({ field: 'longitude', detail: 'a number from -180 to 180' });
  return problems.length > 0 ? left(problems) : right({ latitude, longitude });
};

/** Fixed-point notation: never the exponent form, which providers refuse, and never a negative zero. */
export const formatDecimal = (value: number, decimals: number): string => {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
};

/** A rounded point: -0 becomes 0, and longitude is in [-180, 180), so that equal points get equal cache keys. */
export const roundedTo = (decimals: number, point: Coordinates): Coordinates => {
  const longitude = Number(formatDecimal(point.longitude, decimals));
  return {
    latitude: Number(formatDecimal(point.latitude, decimals)),
    longitude: longitude === 180 ? -180 : longitude,
  };
};
