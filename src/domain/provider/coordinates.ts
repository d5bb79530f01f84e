import { left, right, type Either } from '../shared/fp.ts';

/** A point in WGS 84 decimal degrees. Never a bare pair: the order of a pair differs inside one vendor. */
export type Coordinates = { readonly latitude: number; readonly longitude: number };

export type CoordinatesProblem = { readonly field: 'latitude' | 'longitude'; readonly detail: string };

const within = (value: number, limit: number): boolean => Number.isFinite(value) && Math.abs(value) <= limit;

/** All problems at once. */
export const coordinates = (
  latitude: number,
  longitude: number,
): Either<readonly CoordinatesProblem[], Coordinates> => {
  const problems: CoordinatesProblem[] = [];
  if (!within(latitude, 90)) problems.push({ field: 'latitude', detail: 'a number from -90 to 90' });
  if (!within(longitude, 180)) problems.push({ field: 'longitude', detail: 'a number from -180 to 180' });
  return problems.length > 0 ? left(problems) : right({ latitude, longitude });
};

/** Fixed decimals, never the exponent form that providers refuse, never a negative zero. */
export const formatDecimal = (value: number, decimals: number): string => {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
};

/** Rounded point: -0 becomes 0, longitude lies in [-180, 180). What is asked then depends on the key alone. */
export const roundedTo = (decimals: number, point: Coordinates): Coordinates => {
  const longitude = Number(formatDecimal(point.longitude, decimals));
  return {
    latitude: Number(formatDecimal(point.latitude, decimals)),
    longitude: longitude === 180 ? -180 : longitude,
  };
};
