import type { ProviderErrorKind } from '../../src/domain/provider/provider-error.ts';
import type { RouteAnswer } from '../../src/domain/provider/router.ts';
import {
  agreedGoogleFailure,
  agreedYandexFailure,
  entriesOf,
  fieldsOf,
  googleErrorIn,
  isGood,
  jsonIn,
  yandexErrorIn,
} from './agreed-outcomes.ts';
import type { FixtureResponse } from './fixture-server.ts';

type Agreed = RouteAnswer | { readonly kind: ProviderErrorKind };
const NOT_UNDERSTOOD: Agreed = { kind: 'answer-not-understood' };

type GoogleElement = {
  readonly originIndex?: number | null;
  readonly destinationIndex?: number | null;
  readonly status?: { readonly code?: number | null } | null;
  readonly condition?: string | null;
  readonly distanceMeters?: number | null;
  readonly duration?: string | null;
  readonly fallbackInfo?: object | null;
};
/** google.rpc codes inside one element; all others are transient failures. */
const ELEMENT_FAILURES: { readonly [code: number]: ProviderErrorKind } = {
  3: 'request-rejected',
  5: 'request-rejected',
  7: 'credentials-rejected',
  8: 'quota-exceeded',
  // FAILED_PRECONDITION and OUT_OF_RANGE: google.rpc tells callers not to repeat the request.
  9: 'request-rejected',
  11: 'request-rejected',
  16: 'credentials-rejected',
};

/**
 * A route with both amounts, the duration in whole seconds. NaN stands for a missing amount; no amount may be negative.
 */
const routed = (
  metres: number,
  seconds: number,
  rest: Pick<Extract<RouteAnswer, { readonly found: true }>, 'degraded' | 'attribution'>,
): Agreed =>
  metres >= 0 && seconds >= 0
    ? { found: true, distanceMetres: metres, durationSeconds: Math.round(seconds), ...rest }
    : NOT_UNDERSTOOD;

/** proto3 omits a distance of zero, but not a duration: that is a message, so "0s" is written out. */
const googleSeconds = ({ duration, distanceMeters }: GoogleElement): number => {
  if ((duration ?? undefined) === undefined) return (distanceMeters ?? 0) === 0 ? 0 : Number.NaN;
  return duration?.endsWith('s') === true ? Number.parseFloat(duration) : Number.NaN;
};

/** We always ask for one origin and one destination: the first pair of a fixture, wherever it is in the list. */
export const agreedGoogleRoute = (response: FixtureResponse): Agreed => {
  if (!isGood(response) || googleErrorIn(response) !== undefined)
    return { kind: agreedGoogleFailure(response) };
  const first = entriesOf(jsonIn(response))
    .map((entry): GoogleElement => fieldsOf(entry))
    .find(({ originIndex, destinationIndex }) => (originIndex ?? 0) === 0 && (destinationIndex ?? 0) === 0);
  const code = first?.status?.code ?? 0;
  if (code !== 0) return { kind: ELEMENT_FAILURES[code] ?? 'provider-unavailable' };
  if (first?.condition === 'ROUTE_NOT_FOUND') return { found: false, attribution: '© Google' };
  if (first?.condition !== 'ROUTE_EXISTS') return NOT_UNDERSTOOD;
  const isDegraded = (first.fallbackInfo ?? undefined) !== undefined;
  const rest = { degraded: isDegraded, attribution: '© Google' };
  return routed(first.distanceMeters ?? 0, googleSeconds(first), rest);
};

/** The number without its unit and text, or NaN if it cannot be read. */
const amountIn = (amount: unknown): number => {
  const { value } = fieldsOf(amount);
  return typeof value === 'number' ? value : Number.NaN;
};

export const agreedYandexRoute = (response: FixtureResponse): Agreed => {
  if (!isGood(response) || yandexErrorIn(response) !== undefined)
    return { kind: agreedYandexFailure(response) };
  const [row] = entriesOf(fieldsOf(jsonIn(response))['rows']);
  const [first] = entriesOf(fieldsOf(row)['elements']);
  const { status, distance, duration } = fieldsOf(first);
  if (status === 'FAIL') return { found: false, attribution: '© Яндекс' };
  if (status !== 'OK') return NOT_UNDERSTOOD;
  const rest = { degraded: false, attribution: '© Яндекс' };
  return routed(amountIn(distance), amountIn(duration), rest);
};
