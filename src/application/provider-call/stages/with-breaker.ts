import { isUnasked, type ProviderError } from '../../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../../domain/shared/fp.ts';
import type { Call } from '../call.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import { hasGone } from '../flights.ts';
import type { Operation, ServiceAddress } from '../operation.ts';

/**
 * What a result tells about the provider. `untold`: nothing, since it was not asked, or its answer was not waited for
 * long enough.
 */
export type Verdict = 'answered' | 'failed' | 'untold';

/** One circuit per address and version of a service, so that a changed key or address starts afresh. */
export type Circuit = {
  readonly id: string;
  readonly version: number;
  readonly address: ServiceAddress;
};
export type CircuitBreakers = {
  /** Runs `work`, or answers `breaker-open` without running it. `verdictOf` says which failures count. */
  readonly guard: <A>(
    circuit: Circuit,
    work: () => AsyncResult<ProviderError, A>,
    verdictOf: (error: ProviderError) => Verdict,
  ) => AsyncResult<ProviderError, A>;
};

/**
 * A request that the provider calls wrong is an answer, and our own refusals say nothing about its health. Nor does an
 * account whose quota is used up: its line waits (account-quota.ts), and all else of the provider works. Nor does an
 * answer that is too large where its caller chose the size: one who reads whole sheets would else stop all calls of the
 * tenant. One request that failed for a hundred callers is one failure.
 */
export const verdictOf = (
  error: ProviderError,
  call: Pick<Call<unknown>, 'signal'>,
  account: Operation<never, never>['account'],
): Verdict => {
  if (isUnasked(error)) return 'untold';
  if (hasGone(call.signal)) return 'untold';
  if (error.isShared === true) return 'untold';
  switch (error.kind) {
    case 'provider-timeout':
    case 'provider-unavailable':
    case 'outcome-unknown':
      return error.wasHurried === true ? 'untold' : 'failed';
    case 'credentials-rejected':
      return 'failed';
    case 'answer-not-understood':
      return error.isTooLarge === true && account !== undefined ? 'answered' : 'failed';
    case 'quota-exceeded':
      if (error.scope !== 'provider') return 'untold';
      return account === undefined ? 'failed' : 'answered';
    case 'request-rejected':
    case 'resource-not-found':
      return 'answered';
    case 'breaker-open':
    case 'not-supported':
      return 'untold';
  }
};

/** A dead provider costs its callers nothing: after a run of failures it is left alone for a while. */
export const withBreaker =
  (breakers: CircuitBreakers): ServiceStage =>
  <Req, Res>({ address, account }: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  (call, service) =>
    breakers.guard<Res>(
      { id: service.id, version: service.version, address },
      () => next(call, service),
      (error) => verdictOf(error, call, account),
    );
