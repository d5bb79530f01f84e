import { formatDecimal, roundedTo, type Coordinates } from '../../../domain/provider/coordinates.ts';

/** Five decimals shift a point by 0.7 m at most: never to another house. */
const DECIMALS = 5;

/** Rounded before anything else, so that what is asked depends on the key alone. */
export const roundedPoint = (point: Coordinates): Coordinates => roundedTo(DECIMALS, point);

/** A point as it stands in keys of the cache. */
export const pointFields = ({ latitude, longitude }: Coordinates): readonly string[] => [
  formatDecimal(latitude, DECIMALS),
  formatDecimal(longitude, DECIMALS),
];
