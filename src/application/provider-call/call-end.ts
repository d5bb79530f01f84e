import type { CallError, ProviderError } from '../../domain/provider/provider-error.ts';
import type { Either } from '../../domain/shared/fp.ts';
import type { Served } from './call.ts';
import type { Operation } from './operation.ts';

/** An exception: an end nobody foresaw. It goes on to the caller as it is; this stands for it in trail and metrics. */
export type Internal = { readonly kind: 'internal' };
export type FailedEnd = CallError | Internal;

/** What the trail and the metrics tell of a call. */
export type CallEnd<Res> = Either<FailedEnd, Served<Res>>;

/**
 * What an exception says of the provider that was being asked: it may have answered, or done what was asked, so the
 * request is counted and priced. What was thrown may hold anything, so nothing of it is told.
 */
export const endedByException = ({ writes }: Pick<Operation<never, never>, 'writes'>): ProviderError => ({
  kind: writes === undefined ? 'answer-not-understood' : 'outcome-unknown',
  message: 'an exception came in between; the log line of the request says more',
});
