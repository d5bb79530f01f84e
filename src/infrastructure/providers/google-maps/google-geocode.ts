import * as t from 'io-ts';
import type { GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import {
  credentialsRejected,
  decodedAs,
  jsonOf,
  notUnderstood,
  overQuota,
  requestRejected,
  statusFailure,
  unavailable,
  type HttpAnswer,
} from '../http-answer.ts';
import { isText, listIn, objectIn, textIn } from '../loose-fields.ts';
import { quoted } from '../provider-text.ts';
import { googlePlace } from './google-place.ts';
import { googleRpcFailure } from './google-rpc-error.ts';

export const GOOGLE_ATTRIBUTION = '© Google';

const googleAnswer = t.intersection([
  t.type({ status: t.string }),
  t.partial({ results: t.unknown, error_message: t.unknown }),
]);
type GoogleAnswer = t.TypeOf<typeof googleAnswer>;

export type Wanted = { readonly limit: number; readonly isWanted?: (result: unknown) => boolean };

/** Results for a point may begin with the point itself as a plus code; at sea that is the only one, and no place. */
export const isNoPlusCode = (result: unknown): boolean =>
  !listIn(objectIn(result)['types'], isText).includes('plus_code');

/**
 * Google reports quotas, bad keys and its own failures with HTTP 200 and a status word, so the body decides first, and
 * the HTTP status only without such a body.
 */
export const googleMatches = (
  answer: HttpAnswer,
  access: ProviderAccess,
  { limit, isWanted = () => true }: Wanted,
): Either<ProviderError, GeocodeMatches> => {
  const body = decodedAs(googleAnswer, answer);
  if (isLeft(body)) return left(otherFailure(answer, access) ?? body.left);
  const failure = statusWordFailure(body.right, answer, access);
  if (failure !== undefined) return left(failure);
  const { status, results } = body.right;
  if (status === 'ZERO_RESULTS') return right({ matches: [], attribution: GOOGLE_ATTRIBUTION });
  if (!Array.isArray(results)) return left(notUnderstood('status OK without a list of results'));
  const wanted = results.filter(isWanted);
  const matches = wanted.flatMap((entry: unknown) => googlePlace(entry) ?? []);
  return matches.length === 0 && wanted.length > 0
    ? left(notUnderstood('status OK with results that are no places'))
    : right({ matches: matches.slice(0, limit), attribution: GOOGLE_ATTRIBUTION });
};

/** Not the shape of the Geocoding API: the error envelope of newer Google APIs, or only the HTTP status. */
const otherFailure = (answer: HttpAnswer, access: ProviderAccess): ProviderError | undefined => {
  const json = jsonOf(answer);
  const failure = isLeft(json) ? undefined : googleRpcFailure(json.right, answer, access);
  return failure ?? statusFailure(answer);
};

/** Undefined for the two status words that answer the question. */
const statusWordFailure = (
  body: GoogleAnswer,
  answer: HttpAnswer,
  access: ProviderAccess,
): ProviderError | undefined => {
  const said = quoted(textIn(body.error_message), access);
  switch (body.status) {
    case 'OK':
    case 'ZERO_RESULTS':
      return statusFailure(answer);
    // Too many at the moment: Google expects its callers to wait a little and try again.
    case 'OVER_QUERY_LIMIT':
      return { ...overQuota(`OVER_QUERY_LIMIT${said}`, answer.retryAfterMs), isMomentary: true };
    case 'OVER_DAILY_LIMIT':
    case 'REQUEST_DENIED':
      return credentialsRejected(`${body.status}${said}`);
    case 'INVALID_REQUEST':
      return requestRejected(`INVALID_REQUEST${said}`);
    case 'UNKNOWN_ERROR':
      return unavailable(`UNKNOWN_ERROR${said}`, answer);
    default:
      return statusFailure(answer) ?? notUnderstood('a status word that Google does not document');
  }
};

/** The probe asks without key and address: any status word of Google's shows that its API is there. */
export const googleReachable = (answer: HttpAnswer): Either<ProviderError, { readonly reachable: true }> => {
  const body = decodedAs(googleAnswer, answer);
  if (isLeft(body)) return left(statusFailure(answer) ?? body.left);
  return body.right.status === 'UNKNOWN_ERROR'
    ? left(unavailable('UNKNOWN_ERROR', answer))
    : right({ reachable: true });
};
