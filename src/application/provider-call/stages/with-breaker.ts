import { isUnasked, type ProviderError } from '../../../domain/provider/provider-error.ts';
import type { AsyncResult } from '../../../domain/shared/fp.ts';
import type { Call } from '../call.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import { hasGone } from '../flights.ts';
import type { Operation, ServiceAddress } from '../operation.ts';

/** What a result says about the provider. `untold`: nothing, because it was not asked, or not given enough time. */
export type Verdict = 'answered' | 'failed' | 'untold';

/** One circuit per service, version and address, so that a changed key or address starts with a closed circuit. */
export type Circuit = {
  readonly id: string;
  readonly version: number;
  readonly address: ServiceAddress;
};
export type CircuitBreakers = {
  /**
   * Runs `work`, or returns `breaker-open` without running it while the circuit is open. `verdictOf` decides which
   * errors count as failures.
   */
  readonly guard: <A>(
    circuit: Circuit,
    work: () => AsyncResult<ProviderError, A>,
    verdictOf: (error: ProviderError) => Verdict,
  ) => AsyncResult<ProviderError, A>;
};

/**
 * Which errors count against the circuit. Not counted: a rejected request, which is an answer; our own refusals; an
 * account whose quota is used up, since its calls wait in a line (account-quota.ts) and everything else at the provider
 * works; and an answer that is too large where the caller chose its size, or one caller that reads whole sheets would
 * stop all calls of the tenant. One request that failed for a hundred callers is one failure.
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

/**
 * Circuit breaker: after consecutive failures a service is not asked for a while, so an unavailable provider costs its
 * callers no time.
 */
export const withBreaker =
  (breakers: CircuitBreakers): ServiceStage =>
  <Req, Res>({ address, account }: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  (call, service) =>
    breakers.guard<Res>(
      { id: service.id, version: service.version, address },
      () => next(call, service),
      (error) => verdictOf(error, call, account),
    );
