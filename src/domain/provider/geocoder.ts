import type { AsyncResult } from '../shared/fp.ts';
import type { Coordinates } from './coordinates.ts';
import type { ProviderAccess, ProviderProbe } from './provider-access.ts';
import type { ProviderError } from './provider-error.ts';

export const precisions = ['house', 'poi', 'street', 'district', 'city', 'region', 'country'] as const;
/** The levels of test/fixtures/quality-mapping.json, from finest to coarsest. */
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
  /** The provider's own id for the place. */
  readonly placeId?: string;
};

/** Best match first. An empty list is an answer: the provider knows no such place. */
export type GeocodeMatches = { readonly matches: readonly GeocodeMatch[]; readonly attribution: string };

/** Number of matches for callers that do not specify one. */
export const USUAL_MATCHES = 5;
export const MOST_MATCHES = 20;

/**
 * Providers are asked for one of two numbers of matches only, so that callers with different limits share cached
 * answers.
 */
export const matchesToAskFor = (limit: number): number =>
  limit <= USUAL_MATCHES ? USUAL_MATCHES : MOST_MATCHES;

export type GeocodeRequest = {
  readonly address: string;
  /** BCP 47 primary language subtag: `ru`, `uz`, `en`. Always set; the edge fills in the default. */
  readonly language: string;
  /** ISO 3166-1 alpha-2 country code in upper case. A bias, not a filter. */
  readonly region?: string;
  readonly limit: number;
};
export type ReverseRequest = { readonly coordinates: Coordinates; readonly language: string };

/**
 * Converts addresses to places and points to addresses. Every provider passes the same conformance suite. Expected
 * failures are returned as `ProviderError`; it rejects only for bugs.
 */
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
