import type { WindowState } from '../rate-limit/quota.ts';
import type { Money } from '../shared/money.ts';

/**
 * `status`: HTTP status of the provider's answer; absent when there was none. `isShared`: one request failed for
 * several callers and another of them reports it, so this error must not be counted again against the provider.
 */
export type ProviderError = ProviderFailure & { readonly status?: number; readonly isShared?: true };

/**
 * Every way in which a provider call can fail, as a closed set. Messages are written by us and never contain a key, a
 * token or a URL with one. "No match" is not included, because it is an answer.
 */
type ProviderFailure =
  /**
   * Refused by our own quota (`service`, `tenant`) or by the provider. `retryAfterMs` is 0 when unknown. `isMomentary`:
   * the provider reports a momentary burst, so an early retry may succeed. `isBeforeLine`: refused at a step that
   * precedes the line of an account, such as the access token, so the line need not pause.
   */
  | {
      readonly kind: 'quota-exceeded';
      readonly scope: 'tenant' | 'service' | 'provider';
      readonly retryAfterMs: number;
      readonly isMomentary?: true;
      readonly isBeforeLine?: true;
      readonly window?: WindowState;
      readonly message: string;
    }
  /**
   * Unreachable, connection reset, or 5xx. `retryAfterMs`: as stated by the provider, if at all. `isOutOfTime`: a write
   * that was not sent because its time was over. `wasHurried`: see `provider-timeout`.
   */
  | {
      readonly kind: 'provider-unavailable';
      readonly retryAfterMs?: number;
      readonly isOutOfTime?: true;
      readonly wasHurried?: true;
      readonly message: string;
    }
  /** Our circuit breaker is open, so the provider was not asked. */
  | { readonly kind: 'breaker-open'; readonly retryAfterMs: number; readonly message: string }
  /**
   * `wasHurried`: the caller left less time than the provider usually needs, so the time-out says nothing about it.
   * `isUnsent`: the request cannot have reached the provider, so it neither counts nor bills it.
   */
  | {
      readonly kind: 'provider-timeout';
      readonly wasHurried?: true;
      readonly isUnsent?: true;
      readonly message: string;
    }
  | { readonly kind: 'credentials-rejected'; readonly message: string }
  /**
   * The provider says the request itself is wrong, so no other service is asked, except with `isOfAccount`.
   * `isOfPlace`: the spreadsheet, sheet or range is wrong, whatever is written there. `isOfAccount`: this account has
   * no access there; nothing was done, and another account may succeed. `isOfColumns`: the columns written to are
   * wrong. `isOfSize`: there is no room for so much data. `isUnwritten`: a look has shown that earlier tries of the
   * same write left nothing either. `isUnasked`: known without asking the provider, so it says nothing about it.
   */
  | {
      readonly kind: 'request-rejected';
      readonly message: string;
      readonly isOfPlace?: true;
      readonly isOfAccount?: true;
      readonly isOfColumns?: true;
      readonly isOfSize?: true;
      readonly isUnwritten?: true;
      readonly isUnasked?: true;
    }
  /**
   * The resource that the request names does not exist. No other service is asked, and it says nothing about health.
   */
  | { readonly kind: 'resource-not-found'; readonly message: string }
  /**
   * A write was sent and its outcome is unknown. Never reported as a plain failure, and never repeated blindly.
   * `retryAfterMs`: how long the provider asks to be left alone, if it does. `isUnasked`: the doubt stems from an
   * earlier try; this one was not sent.
   */
  | {
      readonly kind: 'outcome-unknown';
      readonly isUnasked?: true;
      readonly wasHurried?: true;
      readonly retryAfterMs?: number;
      readonly message: string;
    }
  /** `isTooLarge`: the answer exceeds the size limit. */
  | { readonly kind: 'answer-not-understood'; readonly isTooLarge?: true; readonly message: string }
  /** This provider cannot perform this operation (the offline gazetteer has no roads, for instance). */
  | { readonly kind: 'not-supported'; readonly message: string };

export type ProviderErrorKind = ProviderError['kind'];

/** Marks an error for all but one of the callers that shared the failed request. */
export const sharedFailure = (error: ProviderError): ProviderError => ({ ...error, isShared: true });

/** One service that was asked, or held back, during a call. */
export type Attempt = {
  readonly provider: string;
  readonly serviceId: string;
  readonly serviceName: string;
  /** `ok`, `poor-match`, `no-match` or the kind of the error. */
  readonly outcome: 'ok' | 'poor-match' | 'no-match' | ProviderErrorKind;
  readonly durationMs: number;
  /** Requests that left for the provider: first try and retries. */
  readonly calls: number;
  /** Cost of the billed ones among them; absent when zero. */
  readonly cost?: Money;
  readonly message?: string;
  /** As in `ProviderError`, for the last of its requests. */
  readonly status?: number;
};

const ANSWERS: ReadonlySet<string> = new Set<Attempt['outcome']>(['ok', 'poor-match', 'no-match']);

/** `not-supported` is no failure: a service that lacks the operation has failed nobody. */
const hasFailed = ({ outcome }: Attempt): boolean => !ANSWERS.has(outcome) && outcome !== 'not-supported';

/**
 * The attempt that a failed call is attributed to: the last real failure, even if a later service found nothing or
 * lacks the operation.
 */
export const lastFailed = (attempts: readonly Attempt[]): Attempt | undefined =>
  attempts.findLast(hasFailed) ??
  attempts.findLast(({ outcome }) => !ANSWERS.has(outcome)) ??
  attempts.at(-1);

/** True when every failure was a quota refusal. */
export const failedForQuotas = (attempts: readonly Attempt[]): boolean => {
  const failed = attempts.filter(hasFailed);
  return failed.length > 0 && failed.every(({ outcome }) => outcome === 'quota-exceeded');
};

/** The provider was not asked: it counts and bills nothing, and the error says nothing about its health. */
export const isUnasked = (error: ProviderError): boolean => 'isUnasked' in error && error.isUnasked === true;

/** The caller left less time than the provider may need. */
export const wasHurried = (error: ProviderError): boolean =>
  'wasHurried' in error && error.wasHurried === true;

/** The errors of a call through the whole pipeline. */
export type CallError =
  | { readonly kind: 'call-failed'; readonly error: ProviderError; readonly attempts: readonly Attempt[] }
  | {
      readonly kind: 'all-providers-failed';
      readonly attempts: readonly Attempt[];
      readonly retryAfterMs: number;
    }
  | { readonly kind: 'no-provider'; readonly message: string }
  /** `callerGone`: the caller disconnected, so the call was given up. */
  | {
      readonly kind: 'deadline-exceeded';
      readonly attempts: readonly Attempt[];
      readonly callerGone?: boolean;
    }
  | { readonly kind: 'not-cached' };
