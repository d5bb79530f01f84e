import type { ProviderErrorKind } from '../../src/domain/provider/provider-error.ts';
import type { RouteAnswer } from '../../src/domain/provider/router.ts';
import { agreedFailure } from './agreed-outcomes.ts';
import type { FixtureResponse } from './fixture-server.ts';

type Agreed = RouteAnswer | { readonly kind: ProviderErrorKind };

type GoogleElement = {
  readonly originIndex?: number;
  readonly destinationIndex?: number;
  readonly status?: { readonly code?: number };
  readonly condition?: string;
  readonly distanceMeters?: number;
  readonly duration?: string;
  readonly fallbackInfo?: object;
};
/** google.rpc codes inside one element; all others are failures of the moment. */
const ELEMENT_FAILURES: { readonly [code: number]: ProviderErrorKind } = {
  3: 'request-rejected',
  5: 'request-rejected',
  7: 'credentials-rejected',
  8: 'quota-exceeded',
  16: 'credentials-rejected',
};

/** Ours is always one origin and one destination: the first pair of a fixture, wherever in its list it stands. */
export const agreedGoogleRoute = (response: FixtureResponse): Agreed => {
  const elements = Array.isArray(response.body) ? (response.body as readonly GoogleElement[]) : [];
  const first = elements.find(
    ({ originIndex = 0, destinationIndex = 0 }) => originIndex === 0 && destinationIndex === 0,
  );
  if (response.httpStatus !== 200 || first === undefined) return { kind: agreedFailure(response) };
  const code = first.status?.code ?? 0;
  if (code !== 0) return { kind: ELEMENT_FAILURES[code] ?? 'provider-unavailable' };
  if (first.condition === 'ROUTE_NOT_FOUND') return { found: false, attribution: '© Google' };
  return {
    found: true,
    distanceMetres: first.distanceMeters ?? 0,
    durationSeconds: Number.parseFloat(first.duration ?? '0s'),
    degraded: first.fallbackInfo !== undefined,
    attribution: '© Google',
  };
};

type Amount = { readonly value: number };
type YandexMatrix = {
  readonly rows?: readonly {
    readonly elements: readonly {
      readonly status: string;
      readonly distance?: Amount;
      readonly duration?: Amount;
    }[];
  }[];
};

export const agreedYandexRoute = (response: FixtureResponse): Agreed => {
  const first = (response.body as YandexMatrix | undefined)?.rows?.[0]?.elements[0];
  if (response.httpStatus !== 200 || first === undefined) return { kind: agreedFailure(response) };
  const { distance, duration } = first;
  return first.status !== 'OK' || distance === undefined || duration === undefined
    ? { found: false, attribution: '© Яндекс' }
    : {
        found: true,
        distanceMetres: distance.value,
        durationSeconds: duration.value,
        degraded: false,
        attribution: '© Яндекс',
      };
};
