import { formatDecimal, roundedTo, type Coordinates } from '../../../domain/provider/coordinates.ts';

/** Five decimals move a point by 0.7 m at most: never to another house. */
const DECIMALS = 5;

/** Points are rounded before anything else, so that the request depends only on what is in the cache key. */
export const roundedPoint = (point: Coordinates): Coordinates => roundedTo(DECIMALS, point);

/** The fields of a point for cache keys. */
export const pointFields = ({ latitude, longitude }: Coordinates): readonly string[] => [
  formatDecimal(latitude, DECIMALS),
  formatDecimal(longitude, DECIMALS),
];
