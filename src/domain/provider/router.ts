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

/** "No route" is an answer of its own, never an error and never a straight line. */
export type RouteAnswer =
  | {
      readonly found: true;
      readonly distanceMetres: number;
      readonly durationSeconds: number;
      /** True when the provider says it computed otherwise than asked. */
      readonly degraded: boolean;
      readonly attribution: string;
    }
  | { readonly found: false; readonly attribution: string };

/** Road distance between two points. */
export type Router = {
  readonly route: (access: ProviderAccess, request: RouteRequest) => AsyncResult<ProviderError, RouteAnswer>;
  /** It measures none, and says so to everybody. */
  readonly isRoadless?: true;
};
