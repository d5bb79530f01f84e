import type { Coordinates } from './coordinates.ts';

/** IUGG mean radius. Against the ellipsoid the sphere is off by at most 0.57 %. */
const EARTH_RADIUS_METRES = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance in metres: good enough to compare and to sort, never the answer to a distance question. */
export const haversineMetres = (a: Coordinates, b: Coordinates): number => {
  const halfLatitude = Math.sin(radians(b.latitude - a.latitude) / 2);
  const halfLongitude = Math.sin(radians(b.longitude - a.longitude) / 2);
  const h =
    halfLatitude ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * halfLongitude ** 2;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(h)));
};
