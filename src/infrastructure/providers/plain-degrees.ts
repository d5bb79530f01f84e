import { formatDecimal, type Coordinates } from '../../domain/provider/coordinates.ts';

/** A tenth of a metre: finer than any provider's data. */
const DECIMALS = 6;

/** `41.3459`, never `8.1e-7` and never trailing zeros. */
const plain = (degrees: number): string => formatDecimal(degrees, DECIMALS).replace(/\.?0+$/, '');

/** For Google, and for Yandex's distance matrix. */
export const latitudeFirst = ({ latitude, longitude }: Coordinates): string =>
  `${plain(latitude)},${plain(longitude)}`;

/** For Yandex's geocoder, in both directions. */
export const longitudeFirst = ({ latitude, longitude }: Coordinates): string =>
  `${plain(longitude)},${plain(latitude)}`;
