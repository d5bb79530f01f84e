import { coordinates, type Coordinates } from '../provider/coordinates.ts';
import { isLeft } from '../shared/fp.ts';

const MINUS = /[\u2010-\u2015\u2212]/g;
const POINT = /^([+-]?)(\d{1,3}(?:\.\d+)?)[,; ]+([+-]?)(\d{1,3}(?:\.\d+)?)$/;
const LONGEST = 64;

const withSign = (sign: string, degrees: string): string => (sign === '-' ? `-${degrees}` : degrees);

/**
 * "-41.3, 174.8" in place of an address: here a dash is a sign, and the two halves of the Earth are told apart by it.
 * Undefined: not a pair of degrees.
 */
export const pointText = (text: string): string | undefined => {
  if (text.length > LONGEST) return undefined;
  const [, latitudeSign = '', latitude, longitudeSign = '', longitude] =
    POINT.exec(text.normalize('NFKC').replace(MINUS, '-').replace(/\s+/g, ' ').trim()) ?? [];
  return latitude === undefined || longitude === undefined
    ? undefined
    : `${withSign(latitudeSign, latitude)} ${withSign(longitudeSign, longitude)}`;
};

/** The same as a point on Earth. People, and Google, write the latitude first. */
export const pointIn = (text: string): Coordinates | undefined => {
  const [latitude, longitude] = pointText(text)?.split(' ') ?? [];
  const point = coordinates(Number(latitude), Number(longitude));
  return isLeft(point) ? undefined : point.right;
};
