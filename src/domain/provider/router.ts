import type { AsyncResult } from '../shared/fp.ts';
import type { Coordinates } from './coordinates.ts';
import type { ProviderAccess } from './provider-access.ts';
import type { ProviderError } from './provider-error.ts';

export const travelModes = ['driving', 'walking'] as const;
export type TravelMode = (typeof travelModes)[number];

export type RouteRequest = {
  readonly origin: Coordinates;
  readonly destination: Coordinates;
  readonly mode: TravelMode;
};

/** "No route" is an answer, never an error, and is never replaced by a straight line. */
export type RouteAnswer =
  | {
      readonly found: true;
      readonly distanceMetres: number;
      readonly durationSeconds: number;
      /** The provider says that it computed something other than requested, for instance without traffic. */
      readonly degraded: boolean;
      readonly attribution: string;
    }
  | { readonly found: false; readonly attribution: string };

/** Road distance between two points, in metres and seconds. */
export type Router = {
  readonly route: (access: ProviderAccess, request: RouteRequest) => AsyncResult<ProviderError, RouteAnswer>;
  /** This provider has no roads and answers every request with `not-supported`. */
  readonly isRoadless?: true;
};
