import { coordinates, type Coordinates } from '../provider/coordinates.ts';
import { isLeft } from '../shared/fp.ts';

const MINUS = /[\u2010-\u2015\u2212]/g;
const POINT = /^([+-]?)(\d{1,3}(?:\.\d+)?)[,; ]+([+-]?)(\d{1,3}(?:\.\d+)?)$/;
const LONGEST = 64;

const withSign = (sign: string, degrees: string): string => (sign === '-' ? `-${degrees}` : degrees);

/**
 * "-41.3, 174.8" in place of an address: the normalised pair of degrees, in which a dash is kept as a sign, because it
 * distinguishes the hemispheres. Undefined when the text is no such pair.
 */
export const pointText = (text: string): string | undefined => {
  if (text.length > LONGEST) return undefined;
  const [, latitudeSign = '', latitude, longitudeSign = '', longitude] =
    POINT.exec(text.normalize('NFKC').replace(MINUS, '-').replace(/\s+/g, ' ').trim()) ?? [];
  return latitude === undefined || longitude === undefined
    ? undefined
    : `${withSign(latitudeSign, latitude)} ${withSign(longitudeSign, longitude)}`;
};

/** The same as coordinates. The latitude comes first, as people and Google write it. */
export const pointIn = (text: string): Coordinates | undefined => {
  const [latitude, longitude] = pointText(text)?.split(' ') ?? [];
  const point = coordinates(Number(latitude), Number(longitude));
  return isLeft(point) ? undefined : point.right;
};
