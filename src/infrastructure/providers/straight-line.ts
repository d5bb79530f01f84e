import geographiclib from 'geographiclib-geodesic';
import type { StraightLine } from '../../domain/provider/straight-line.ts';

const { Geodesic } = geographiclib;
const wgs84 = Geodesic.WGS84;

/** Karney's method: exact to nanometres, also near the poles and between antipodes, where others fail to converge. */
export const straightLineMetres: StraightLine = (origin, destination) => {
  const { s12 } = wgs84.Inverse(
    origin.latitude,
    origin.longitude,
    destination.latitude,
    destination.longitude,
    Geodesic.DISTANCE,
  );
  if (s12 === undefined) throw new Error('a distance was asked for and not computed');
  return s12;
};
