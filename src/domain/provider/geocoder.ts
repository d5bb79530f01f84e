import type { AsyncResult } from '../shared/fp.ts';
import type { Coordinates } from './coordinates.ts';
import type { ProviderAccess, ProviderProbe } from './provider-access.ts';
import type { ProviderError } from './provider-error.ts';

export const precisions = ['house', 'poi', 'street', 'district', 'city', 'region', 'country'] as const;
/** Levels of test/fixtures/quality-mapping.json, finest first. */
export type Precision = (typeof precisions)[number];

export type AddressComponents = {
  readonly country?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly countryCode?: string;
  readonly region?: string;
  readonly city?: string;
  readonly district?: string;
  readonly street?: string;
  readonly house?: string;
  readonly postalCode?: string;
};

export type Bounds = { readonly southWest: Coordinates; readonly northEast: Coordinates };

export type GeocodeMatch = {
  readonly formattedAddress: string;
  readonly coordinates: Coordinates;
  readonly precision: Precision;
  /** 0 to 1, comparable between providers (quality-mapping.json). */
  readonly confidence: number;
  readonly partialMatch: boolean;
  readonly components: AddressComponents;
  readonly bounds?: Bounds;
  /** The provider's own id of the place. */
  readonly placeId?: string;
};

/** Best first. Empty is an answer: the provider knows no such place. */
export type GeocodeMatches = { readonly matches: readonly GeocodeMatch[]; readonly attribution: string };

/** Matches for a caller who does not say how many. */
export const USUAL_MATCHES = 5;
export const MOST_MATCHES = 20;

/**
 * Providers are asked for one of two numbers of matches, so that callers who want more or fewer share their answers.
 */
export const matchesToAskFor = (limit: number): number =>
  limit <= USUAL_MATCHES ? USUAL_MATCHES : MOST_MATCHES;

export type GeocodeRequest = {
  readonly address: string;
  /** BCP 47 primary language: `ru`, `uz`, `en`. Always present: the edge fills the default. */
  readonly language: string;
  /** ISO 3166-1 alpha-2 country hint, upper case; a bias, not a filter. */
  readonly region?: string;
  readonly limit: number;
};
export type ReverseRequest = { readonly coordinates: Coordinates; readonly language: string };

/** Turns addresses into places and back. Held by the conformance suite on every provider. */
export type Geocoder = ProviderProbe & {
  readonly geocode: (
    access: ProviderAccess,
    request: GeocodeRequest,
  ) => AsyncResult<ProviderError, GeocodeMatches>;
  readonly reverse: (
    access: ProviderAccess,
    request: ReverseRequest,
  ) => AsyncResult<ProviderError, GeocodeMatches>;
};
