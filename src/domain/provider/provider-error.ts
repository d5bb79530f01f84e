import type { WindowState } from '../rate-limit/quota.ts';
import type { Money } from '../shared/money.ts';

/**
 * `status`: of the answer that the provider sent, in HTTP; left out where none came. `isShared`: one call failed for
 * several callers, and another of them stands for it, so this one tells nothing more about the provider.
 */
export type ProviderError = ProviderFailure & { readonly status?: number; readonly isShared?: true };

/**
 * Everything that can go wrong with a provider, as a closed set. Messages are ours: they never carry a
 * key, a token or a URL with one. "No match" is not here: it is an answer.
 */
type ProviderFailure =
  /**
   * Our own quota (`service`, `tenant`) or the provider's refusal. `retryAfterMs` 0 when unknown. `isMomentary`: too
   * many at this moment, says the provider, so that a try soon after may pass. `isBeforeLine`: of what comes before the
   * line of an account, such as a token, so that no line waits for it.
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
   * Not reachable, reset, 5xx. `retryAfterMs`: what the provider says itself, if it does. `isOutOfTime`: of a write that
   * was not sent, since its time was over. `wasHurried`: as below.
   */
  | {
      readonly kind: 'provider-unavailable';
      readonly retryAfterMs?: number;
      readonly isOutOfTime?: true;
      readonly wasHurried?: true;
      readonly message: string;
    }
  /** Held back by our breaker: the provider was not asked. */
  | { readonly kind: 'breaker-open'; readonly retryAfterMs: number; readonly message: string }
  /**
   * `wasHurried`: its caller left it less time than it usually needs, so it says nothing about the provider.
   * `isUnsent`: nothing of it can have reached the provider, which counts and bills nothing.
   */
  | {
      readonly kind: 'provider-timeout';
      readonly wasHurried?: true;
      readonly isUnsent?: true;
      readonly message: string;
    }
  | { readonly kind: 'credentials-rejected'; readonly message: string }
  /**
   * The provider says the request itself is wrong: nobody else is asked. `isOfPlace`: what is wrong is the spreadsheet,
   * sheet or range that it names, whatever is written there. `isOfAccount`: whose account it comes from, which was not
   * let in there: nothing was done, and another one may be. `isOfColumns`: the columns that are written to.
   * `isOfSize`: how much is written, for which there is no room. `isUnwritten`: a look there has shown that earlier
   * tries of the same write have left nothing either. `isUnasked`: known without asking it, so it tells nothing of it.
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
  /** What the request names is not there: nobody else is asked, and it says nothing about the provider's health. */
  | { readonly kind: 'resource-not-found'; readonly message: string }
  /**
   * A write was sent and nobody knows whether it was done. Never a plain failure, and never sent again blindly.
   * `retryAfterMs`: how long the provider asks to be left alone, if it does. `isUnasked`: of an earlier try; this one
   * was not sent.
   */
  | {
      readonly kind: 'outcome-unknown';
      readonly isUnasked?: true;
      readonly wasHurried?: true;
      readonly retryAfterMs?: number;
      readonly message: string;
    }
  /** `isTooLarge`: there is more in it than there is room for. */
  | { readonly kind: 'answer-not-understood'; readonly isTooLarge?: true; readonly message: string }
  /** This provider cannot do this operation (the offline gazetteer knows no roads). */
  | { readonly kind: 'not-supported'; readonly message: string };

export type ProviderErrorKind = ProviderError['kind'];

/** For all but one of those whom the same failure of one call is told. */
export const sharedFailure = (error: ProviderError): ProviderError => ({ ...error, isShared: true });

/** One provider asked (or held back) on the way to an answer. */
export type Attempt = {
  readonly provider: string;
  readonly serviceId: string;
  readonly serviceName: string;
  /** `ok`, `poor-match`, `no-match` or the kind of the error. */
  readonly outcome: 'ok' | 'poor-match' | 'no-match' | ProviderErrorKind;
  readonly durationMs: number;
  /** Calls that left for the provider, first try and retries. */
  readonly calls: number;
  /** What the billed ones among them cost; left out when that is nothing. */
  readonly cost?: Money;
  readonly message?: string;
  /** As in `ProviderError`, of the last of its calls. */
  readonly status?: number;
};

const ANSWERS: ReadonlySet<string> = new Set<Attempt['outcome']>(['ok', 'poor-match', 'no-match']);

/** Who cannot do it at all has failed nobody. */
const hasFailed = ({ outcome }: Attempt): boolean => !ANSWERS.has(outcome) && outcome !== 'not-supported';

/**
 * Of a call without an answer: whose failure it is, also where somebody behind that one found nothing
 * or knows no roads.
 */
export const lastFailed = (attempts: readonly Attempt[]): Attempt | undefined =>
  attempts.findLast(hasFailed) ??
  attempts.findLast(({ outcome }) => !ANSWERS.has(outcome)) ??
  attempts.at(-1);

/** Nothing but quotas was in the way. */
export const failedForQuotas = (attempts: readonly Attempt[]): boolean => {
  const failed = attempts.filter(hasFailed);
  return failed.length > 0 && failed.every(({ outcome }) => outcome === 'quota-exceeded');
};

/** It was not asked: that tells nothing of the provider, which counts and bills nothing. */
export const isUnasked = (error: ProviderError): boolean => 'isUnasked' in error && error.isUnasked === true;

/** Its caller left it less time than it may take. */
export const wasHurried = (error: ProviderError): boolean =>
  'wasHurried' in error && error.wasHurried === true;

/** What a caller of the whole pipeline can meet. */
export type CallError =
  | { readonly kind: 'call-failed'; readonly error: ProviderError; readonly attempts: readonly Attempt[] }
  | {
      readonly kind: 'all-providers-failed';
      readonly attempts: readonly Attempt[];
      readonly retryAfterMs: number;
    }
  | { readonly kind: 'no-provider'; readonly message: string }
  /** `callerGone`: nobody waited any longer, so there was no point in going on. */
  | {
      readonly kind: 'deadline-exceeded';
      readonly attempts: readonly Attempt[];
      readonly callerGone?: boolean;
    }
  | { readonly kind: 'not-cached' };
