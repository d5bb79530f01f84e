import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Call, ServiceCall, ServiceStage } from './call.ts';
import type { Operation } from './operation.ts';

/** What a result tells about the provider. `untold`: it was not asked, or nobody waited for its answer. */
export type Verdict = 'answered' | 'failed' | 'untold';

/** One circuit per service and version, so that a changed key or address starts afresh. */
export type CircuitBreakers = {
  /** Runs `work`, or answers `breaker-open` without running it. `verdictOf` says which failures count. */
  readonly guard: <A>(
    circuit: { readonly id: string; readonly version: number },
    work: () => AsyncResult<ProviderError, A>,
    verdictOf: (error: ProviderError) => Verdict,
  ) => AsyncResult<ProviderError, A>;
};

/** A request it calls wrong is an answer; our own refusals say nothing about its health. */
const verdictOf = (error: ProviderError, call: Pick<Call<unknown>, 'signal'>): Verdict => {
  if (call.signal?.aborted === true) return 'untold';
  switch (error.kind) {
    case 'provider-unavailable':
    case 'provider-timeout':
    case 'answer-not-understood':
    case 'credentials-rejected':
      return 'failed';
    case 'quota-exceeded':
      return error.scope === 'provider' ? 'failed' : 'untold';
    case 'request-rejected':
      return 'answered';
    case 'breaker-open':
    case 'not-supported':
      return 'untold';
  }
};

/** A dead provider costs its callers nothing: after a run of failures it is left alone for a while. */
export const withBreaker =
  (breakers: CircuitBreakers): ServiceStage =>
  <Req, Res>(_operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  (call, service) =>
    breakers.guard<Res>(
      service,
      () => next(call, service),
      (error) => verdictOf(error, call),
    );

/** Every result that tells something about the provider's health, for the passive monitor. */
export const withHealth =
  (
    observe: (service: ExternalService, outcome: 'answered' | 'failed', reason: string) => void,
  ): ServiceStage =>
  <Req, Res>(_operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const result = await next(call, service);
    if (!isLeft(result)) observe(service, 'answered', 'answered');
    else if (verdictOf(result.left, call) === 'failed') observe(service, 'failed', result.left.kind);
    return result;
  };
