import type { Coordinates } from './coordinates.ts';

/** Length of the geodesic between two points on WGS 84, metres. */
export type StraightLine = (origin: Coordinates, destination: Coordinates) => number;
