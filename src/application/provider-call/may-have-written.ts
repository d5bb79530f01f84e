import type { Attempt, CallError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';

/** For each kind of error: whether a write that failed with it may have been carried out all the same. */
const inDoubt: { readonly [K in ProviderErrorKind]: boolean } = {
  'quota-exceeded': false,
  'breaker-open': false,
  'provider-unavailable': false,
  'credentials-rejected': false,
  'request-rejected': false,
  'resource-not-found': false,
  'not-supported': false,
  'outcome-unknown': true,
  'provider-timeout': true,
  // The provider answered, so most probably it did what was asked.
  'answer-not-understood': true,
};

/**
 * A redirect (RFC 9110 section 15.4) or a client error means the write was not carried out; only 303 says that it was.
 */
const wasTurnedAway = (status: number | undefined): boolean =>
  status !== undefined && status >= 300 && status < 500 && status !== 303;

/** False only when nothing of a failed write can have reached the provider's data. */
export const mayHaveWritten = (error: CallError): boolean => {
  if (error.kind === 'call-failed' && isInDoubt({ ...error.error, outcome: error.error.kind })) return true;
  return 'attempts' in error && error.attempts.some(isInDoubt);
};

/**
 * Whether this attempt may have carried out the write. After one such attempt the write is not sent to another
 * provider, and later retries report the doubt too (`withRetry`).
 */
export const isInDoubt = ({ outcome, status }: Pick<Attempt, 'outcome' | 'status'>): boolean => {
  if (!(outcome in inDoubt)) return true;
  if (outcome === 'answer-not-understood' && wasTurnedAway(status)) return false;
  return inDoubt[outcome as ProviderErrorKind];
};
