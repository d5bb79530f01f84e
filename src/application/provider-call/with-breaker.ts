import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, type AsyncResult } from '../../domain/shared/fp.ts';
import type { ServiceCall, ServiceStage } from './call.ts';
import type { Operation } from './operation.ts';

/** One circuit per service and version, so that a changed key or address starts afresh. */
export type CircuitBreakers = {
  /** Runs `work`, or answers `breaker-open` without running it. `isFailure` says which results count. */
  readonly guard: <A>(
    circuit: { readonly id: string; readonly version: number },
    work: () => AsyncResult<ProviderError, A>,
    isFailure: (error: ProviderError) => boolean,
  ) => AsyncResult<ProviderError, A>;
};

/** The provider's own failures. Our quota's refusals and wrong requests say nothing about its health. */
const isProvidersFailure = (error: ProviderError): boolean => {
  switch (error.kind) {
    case 'provider-unavailable':
    case 'provider-timeout':
    case 'answer-not-understood':
    case 'credentials-rejected':
      return true;
    case 'quota-exceeded':
      return error.scope === 'provider';
    case 'breaker-open':
    case 'request-rejected':
    case 'not-supported':
      return false;
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
      (error) => isProvidersFailure(error) && call.signal?.aborted !== true,
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
    else if (isProvidersFailure(result.left) && call.signal?.aborted !== true)
      observe(service, 'failed', result.left.kind);
    return result;
  };
