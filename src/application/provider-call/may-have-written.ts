import type { Attempt, CallError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';

/** Whether a write that failed so may be done all the same. */
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
  // It answered, so most probably it did what was asked.
  'answer-not-understood': true,
};

/** Sent elsewhere (RFC 9110 section 15.4), or to a path that is not there. Only 303 says that it was carried out. */
const wasTurnedAway = (status: number | undefined): boolean =>
  status !== undefined && status >= 300 && status < 500 && status !== 303;

/** Of a call that wrote: false only where nothing of it can stand at the provider. */
export const mayHaveWritten = (error: CallError): boolean => {
  if (error.kind === 'call-failed' && isInDoubt({ ...error.error, outcome: error.error.kind })) return true;
  return 'attempts' in error && error.attempts.some(isInDoubt);
};

/**
 * Whether this try may have been carried out. If one of several may, the write is not sent again, and later tries tell
 * so too (`withRetry`).
 */
export const isInDoubt = ({ outcome, status }: Pick<Attempt, 'outcome' | 'status'>): boolean => {
  if (!(outcome in inDoubt)) return true;
  if (outcome === 'answer-not-understood' && wasTurnedAway(status)) return false;
  return inDoubt[outcome as ProviderErrorKind];
};
