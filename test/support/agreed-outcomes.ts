import type { ProviderErrorKind } from '../../src/domain/provider/provider-error.ts';
import type { FixtureResponse } from './fixture-server.ts';

type Kinds = { readonly [said: string]: ProviderErrorKind | undefined };
type Json = { readonly [name: string]: unknown };

/** Any other status below 500, such as a redirect or 404, only means that the address we call is wrong. */
const STATUSES: Kinds = {
  400: 'request-rejected',
  401: 'credentials-rejected',
  402: 'credentials-rejected',
  403: 'credentials-rejected',
  407: 'provider-unavailable',
  408: 'provider-unavailable',
  409: 'provider-unavailable',
  413: 'request-rejected',
  414: 'request-rejected',
  421: 'provider-unavailable',
  422: 'request-rejected',
  425: 'provider-unavailable',
  429: 'quota-exceeded',
  451: 'credentials-rejected',
  // google.rpc CANCELLED: the provider gave up, which is no one's fault.
  499: 'provider-unavailable',
};
export const byStatus = (status: number): ProviderErrorKind =>
  STATUSES[status] ?? (status >= 500 ? 'provider-unavailable' : 'answer-not-understood');

export const isGood = ({ httpStatus }: FixtureResponse): boolean => httpStatus >= 200 && httpStatus < 300;

/** The JSON that a provider sent; undefined when the body is not JSON or is not declared as JSON. */
export const jsonIn = ({ headers, body, rawBody }: FixtureResponse): unknown => {
  if (headers?.['content-type']?.includes('json') === false) return undefined;
  if (rawBody === undefined) return body;
  try {
    return JSON.parse(rawBody) as unknown;
  } catch {
    return undefined;
  }
};

export const fieldsOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
export const entriesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Google Geocoding: the `status` word decides, almost regardless of the HTTP status. */
const WORDS: Kinds = {
  OVER_QUERY_LIMIT: 'quota-exceeded',
  OVER_DAILY_LIMIT: 'credentials-rejected',
  REQUEST_DENIED: 'credentials-rejected',
  INVALID_REQUEST: 'request-rejected',
  UNKNOWN_ERROR: 'provider-unavailable',
};

/** google.rpc.Code by name. NOT_FOUND means an unknown method; all others are transient failures. */
const RPC_WORDS: Kinds = {
  INVALID_ARGUMENT: 'request-rejected',
  FAILED_PRECONDITION: 'request-rejected',
  OUT_OF_RANGE: 'request-rejected',
  NOT_FOUND: 'answer-not-understood',
  UNIMPLEMENTED: 'answer-not-understood',
  PERMISSION_DENIED: 'credentials-rejected',
  UNAUTHENTICATED: 'credentials-rejected',
  RESOURCE_EXHAUSTED: 'quota-exceeded',
};

/** google.api.ErrorReason, and the reasons used before 2023: only these distinguish a bad key from a bad request. */
export const REASONS: Kinds = {
  API_KEY_INVALID: 'credentials-rejected',
  API_KEY_SERVICE_BLOCKED: 'credentials-rejected',
  API_KEY_HTTP_REFERRER_BLOCKED: 'credentials-rejected',
  API_KEY_IP_ADDRESS_BLOCKED: 'credentials-rejected',
  API_KEY_ANDROID_APP_BLOCKED: 'credentials-rejected',
  API_KEY_IOS_APP_BLOCKED: 'credentials-rejected',
  SERVICE_DISABLED: 'credentials-rejected',
  BILLING_DISABLED: 'credentials-rejected',
  CONSUMER_INVALID: 'credentials-rejected',
  CONSUMER_SUSPENDED: 'credentials-rejected',
  keyInvalid: 'credentials-rejected',
  keyExpired: 'credentials-rejected',
  RATE_LIMIT_EXCEEDED: 'quota-exceeded',
  RESOURCE_QUOTA_EXCEEDED: 'quota-exceeded',
  rateLimitExceeded: 'quota-exceeded',
  userRateLimitExceeded: 'quota-exceeded',
  dailyLimitExceeded: 'quota-exceeded',
  quotaExceeded: 'quota-exceeded',
};

const googleEnvelope = (error: Json, httpStatus: number): ProviderErrorKind => {
  const reasons = [...entriesOf(error['details']), ...entriesOf(error['errors'])].map(
    (detail) => REASONS[String(fieldsOf(detail)['reason'])],
  );
  const word = RPC_WORDS[String(error['status'])];
  const code = typeof error['code'] === 'number' ? error['code'] : httpStatus;
  const found = reasons.find((kind) => kind !== undefined) ?? word;
  // An unnamed error with a success status is treated as a fault of the provider.
  return found ?? (code === 404 || code >= 300 ? byStatus(code) : 'provider-unavailable');
};

/** The failure that Google reports in a body; it may be wrapped in an array, and may follow good elements. */
export const googleErrorIn = (response: FixtureResponse): ProviderErrorKind | undefined => {
  const json = jsonIn(response);
  const entries = (Array.isArray(json) ? json : [json]).map(fieldsOf);
  const error = entries.map((entry) => entry['error']).find((one) => typeof one === 'object' && one !== null);
  return error === undefined ? undefined : googleEnvelope(fieldsOf(error), response.httpStatus);
};

/**
 * How a failed answer of Google is to be classified; fixtures added later with the same kinds of failure need no table.
 */
export const agreedGoogleFailure = (response: FixtureResponse): ProviderErrorKind =>
  WORDS[String(fieldsOf(jsonIn(response))['status'])] ??
  googleErrorIn(response) ??
  byStatus(response.httpStatus);

/** RFC 9110 section 15: Yandex repeats the reason phrase of a status as its `error`. */
const PHRASES: { readonly [phrase: string]: number | undefined } = {
  'Bad Request': 400,
  Unauthorized: 401,
  Forbidden: 403,
  'Not Found': 404,
  'Too Many Requests': 429,
  'Internal Server Error': 500,
  'Bad Gateway': 502,
  'Service Unavailable': 503,
  'Gateway Timeout': 504,
};

/** The failure that Yandex reports in a body with a success status; `errors` does not tell its kind. */
export const yandexErrorIn = (response: FixtureResponse): ProviderErrorKind | undefined => {
  const { statusCode, error, message, errors } = fieldsOf(jsonIn(response));
  const { code } = fieldsOf(error);
  const told = [statusCode, code, PHRASES[String(error)], PHRASES[String(message)]].map(Number);
  const status = told.find((one) => one >= 100);
  if (status !== undefined) return byStatus(status);
  return entriesOf(errors).length > 0 ? 'provider-unavailable' : undefined;
};

/** How a failed answer of Yandex is to be classified: by the HTTP status, or by the body if the status was success. */
export const agreedYandexFailure = (response: FixtureResponse): ProviderErrorKind =>
  (isGood(response) ? yandexErrorIn(response) : undefined) ?? byStatus(response.httpStatus);
