import type { CallStatus } from '../../domain/audit/call-record.ts';
import { failedForQuotas, type ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { CallEnd, FailedEnd } from './call-end.ts';
import type { Operation } from './operation.ts';

const statusOfError: { readonly [K in ProviderError['kind']]: CallStatus } = {
  'quota-exceeded': 'rate_limited',
  'provider-unavailable': 'error',
  'breaker-open': 'error',
  'provider-timeout': 'timeout',
  'credentials-rejected': 'error',
  'request-rejected': 'rejected',
  'resource-not-found': 'rejected',
  'outcome-unknown': 'timeout',
  'answer-not-understood': 'error',
  'not-supported': 'rejected',
};

const statusOfFailure = (error: FailedEnd): CallStatus => {
  switch (error.kind) {
    case 'call-failed':
      return statusOfError[error.error.kind];
    case 'all-providers-failed':
      return failedForQuotas(error.attempts) ? 'rate_limited' : 'error';
    case 'deadline-exceeded':
      return 'timeout';
    case 'no-provider':
    case 'internal':
      return 'error';
    case 'not-cached':
      return 'rejected';
  }
};

/** The outcome in one word, for the trail and the metrics. */
export const statusOf = <Res>(
  result: CallEnd<Res>,
  operation: Pick<Operation<never, Res>, 'isNoMatch'>,
): CallStatus => {
  if (isLeft(result)) return statusOfFailure(result.left);
  const { cache, value } = result.right;
  if (cache.status === 'hit') return 'cache_hit';
  if (cache.status === 'stale') return 'stale';
  return operation.isNoMatch(value) ? 'no_match' : 'success';
};

/** The error message recorded in the trail. */
export const messageOf = (error: FailedEnd): string => {
  switch (error.kind) {
    case 'call-failed':
      return `${error.error.kind}: ${error.error.message}`;
    case 'all-providers-failed':
      return `all providers failed: ${error.attempts.map((a) => `${a.serviceName} ${a.outcome}`).join(', ')}`;
    case 'deadline-exceeded':
      return error.callerGone === true
        ? 'the caller went away before a provider answered'
        : 'the deadline passed before a provider answered';
    case 'no-provider':
      return error.message;
    case 'not-cached':
      return 'only-if-cached, and nothing fresh is cached';
    case 'internal':
      return 'internal: an exception ended the call; the log line of the request says more';
  }
};
