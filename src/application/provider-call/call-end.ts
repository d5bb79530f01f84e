import type { CallError, ProviderError } from '../../domain/provider/provider-error.ts';
import type { Either } from '../../domain/shared/fp.ts';
import type { Served } from './call.ts';
import type { Operation } from './operation.ts';

/**
 * The call ended by an exception. The exception itself propagates to the caller; this stands for it in trail and
 * metrics.
 */
export type Internal = { readonly kind: 'internal' };
export type FailedEnd = CallError | Internal;

/** The outcome of a call for the trail and the metrics. */
export type CallEnd<Res> = Either<FailedEnd, Served<Res>>;

/**
 * The outcome recorded for the provider that was being asked when an exception occurred. It may have answered, or
 * carried out the request, so the request is counted and priced. The exception's text may contain anything, so none is
 * recorded.
 */
export const endedByException = ({ writes }: Pick<Operation<never, never>, 'writes'>): ProviderError => ({
  kind: writes === undefined ? 'answer-not-understood' : 'outcome-unknown',
  message: 'an exception ended the call; the log line of the request says more',
});
