import type { Decoder } from 'io-ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, mapLeft, right, type Either } from '../../domain/shared/fp.ts';
import { isCrowded } from './crowded-json.ts';

/** A provider's answer, complete and not decoded. */
export type HttpAnswer = {
  readonly status: number;
  /** Lower case, without parameters; empty if the header is missing. */
  readonly contentType: string;
  readonly retryAfterMs: number | undefined;
  readonly text: string;
};

export const notUnderstood = (message: string): ProviderError => ({ kind: 'answer-not-understood', message });
export const tooLarge = (message: string): ProviderError => ({
  kind: 'answer-not-understood',
  isTooLarge: true,
  message,
});
export const credentialsRejected = (message: string): ProviderError => ({
  kind: 'credentials-rejected',
  message,
});
export const requestRejected = (
  message: string,
): Extract<ProviderError, { readonly kind: 'request-rejected' }> => ({ kind: 'request-rejected', message });
export const overQuota = (
  message: string,
  retryAfterMs = 0,
): Extract<ProviderError, { readonly kind: 'quota-exceeded' }> => ({
  kind: 'quota-exceeded',
  scope: 'provider',
  retryAfterMs,
  message,
});
export const unavailable = (message: string, answer?: Partial<HttpAnswer>): ProviderError => ({
  kind: 'provider-unavailable',
  message,
  ...(answer?.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
});

/** Adds the status to an error, whatever its meaning; a status unknown to RFC 9110 is left out. */
export const withStatus =
  ({ status }: Pick<HttpAnswer, 'status'>) =>
  <A>(meaning: Either<ProviderError, A>): Either<ProviderError, A> =>
    status < 100 || status > 599
      ? meaning
      : mapLeft((error: ProviderError) => ({ ...error, status }))(meaning);

/** An unknown path means that the base URL is wrong, not the request: other providers may still be asked. */
const NO_SUCH_PATH: ReadonlySet<number> = new Set([404, 405, 410]);

/** Refused because of who asks, not of what. 451: not from this country, so other providers may still be asked. */
const REFUSALS: ReadonlySet<number> = new Set([401, 402, 403, 451]);

/** Passing conditions: a slow request, a conflict, a wrong connection or handshake. */
const OF_THE_MOMENT: ReadonlySet<number> = new Set([407, 408, 409, 421, 425, 499]);

/**
 * These blame the content of the request. Any other 4xx blames its form, which is ours: other providers may still be
 * asked.
 */
const OF_THE_REQUEST: ReadonlySet<number> = new Set([400, 413, 414, 422]);

/**
 * The meaning of a status alone, for every provider; undefined for success. Adapters read the body first where it says
 * more.
 */
export const statusFailure = (answer: HttpAnswer): ProviderError | undefined => {
  const { status } = answer;
  const said = `the provider answered HTTP ${status}`;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return notUnderstood(`${said}, a redirect, which is never followed`);
  if (REFUSALS.has(status)) return credentialsRejected(said);
  if (status === 429) return overQuota(said, answer.retryAfterMs);
  if (OF_THE_MOMENT.has(status) || status >= 500) return unavailable(said, answer);
  if (NO_SUCH_PATH.has(status))
    return notUnderstood(`HTTP ${status}: the base URL does not lead to this provider's API`);
  return OF_THE_REQUEST.has(status) ? requestRejected(said) : notUnderstood(said);
};

const JSON_TYPE = /^(application|text)\/(json|[\w.+-]+\+json)$/;

/** Parses the body whatever the status. A body that is not declared as JSON is not read. */
export const jsonOf = (answer: HttpAnswer): Either<ProviderError, unknown> => {
  if (answer.contentType !== '' && !JSON_TYPE.test(answer.contentType))
    return left(notUnderstood(`HTTP ${answer.status} with a body that is not JSON`));
  if (isCrowded(answer.text))
    return left(
      notUnderstood(`HTTP ${answer.status} with more rows than there is room for; ask for less at a time`),
    );
  try {
    return right(JSON.parse(answer.text));
  } catch {
    return left(notUnderstood(`HTTP ${answer.status} with JSON that is broken or cut short`));
  }
};

/** Parsed whatever the status; if it is not JSON, the status decides first. */
export const jsonOrFailure = (answer: HttpAnswer): Either<ProviderError, unknown> => {
  const json = jsonOf(answer);
  return isLeft(json) ? left(statusFailure(answer) ?? json.left) : json;
};

/** Parsed and of the expected shape. */
export const decodedAs = <A>(decoder: Decoder<unknown, A>, answer: HttpAnswer): Either<ProviderError, A> => {
  const json = jsonOf(answer);
  if (isLeft(json)) return json;
  const decoded = decoder.decode(json.right);
  return isLeft(decoded)
    ? left(notUnderstood(`HTTP ${answer.status} with JSON of an unknown shape`))
    : right(decoded.right);
};

/** Providers cannot send callers away for longer. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * The last of the three date forms of RFC 9110 section 5.6.7: it means GMT, but JavaScript would take it for local
 * time.
 */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} .*\d$/;

/** RFC 9110 section 10.2.3: seconds or an HTTP date. Undefined if missing or unreadable; capped at an hour. */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const text = header.trim();
  const wait = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]{2,8},? /.test(text)
      ? Date.parse(ASCTIME.test(text) ? `${text} GMT` : text) - now
      : Number.NaN;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), LONGEST_RETRY_AFTER_MS);
};
