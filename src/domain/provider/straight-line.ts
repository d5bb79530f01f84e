import type { Coordinates } from './coordinates.ts';

/** Length in metres of the geodesic between two points on WGS 84. */
export type StraightLine = (origin: Coordinates, destination: Coordinates) => number;
