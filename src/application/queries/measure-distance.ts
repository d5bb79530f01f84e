import type { Coordinates } from '../../domain/provider/coordinates.ts';
import type { GeocodeMatch } from '../../domain/provider/geocoder.ts';
import type { TravelMode } from '../../domain/provider/router.ts';
import type { FailedCall } from '../provider-call/provider-call.ts';

export type DistanceEnd = { readonly address: string } | { readonly coordinates: Coordinates };

export type DistanceQuery = {
  readonly origin: DistanceEnd;
  readonly destination: DistanceEnd;
  readonly mode: TravelMode | 'straight_line';
  readonly language: string;
  readonly region?: string;
};

/** One end as it was used. `match` is there when the end was given as an address. */
export type DistancePoint = { readonly coordinates: Coordinates; readonly match?: GeocodeMatch };

export type DistanceAnswer = {
  readonly mode: DistanceQuery['mode'];
  readonly origin: DistancePoint;
  readonly destination: DistancePoint;
  /** False: both points are known and no road joins them. */
  readonly routeFound: boolean;
  readonly distanceMetres: number | undefined;
  /** Undefined for a straight line. */
  readonly durationSeconds: number | undefined;
  readonly degraded: boolean;
  readonly attribution: string;
};

/** An end could not be placed well enough to measure from: nothing found, or coarser than a street. */
export type EndNotPlaced = {
  readonly kind: 'end-not-placed';
  readonly ends: readonly {
    readonly end: 'origin' | 'destination';
    readonly reason: 'no-match' | 'too-coarse';
    readonly match?: GeocodeMatch;
  }[];
};
export type DistanceFailure = FailedCall | EndNotPlaced;
