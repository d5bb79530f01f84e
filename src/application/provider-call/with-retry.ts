import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { AsyncResult } from '../../domain/shared/fp.ts';
import type { ServiceCall, ServiceStage } from './call.ts';
import type { Operation } from './operation.ts';

export type RetryRules = {
  /** Which budget pays: one per service. */
  readonly budget: string;
  readonly isRetryable: (error: ProviderError) => boolean;
  /** Milliseconds the provider asked us to wait; undefined: our own jittered backoff. */
  readonly waitAsked: (error: ProviderError) => number | undefined;
  /** Milliseconds left for waiting and trying again. */
  readonly timeLeft: () => number;
  readonly signal: AbortSignal | undefined;
};

/** Tries again with jitter, inside a budget of extra calls, obeying Retry-After and the time left. */
export type Retries = {
  readonly run: <A>(
    work: () => AsyncResult<ProviderError, A>,
    rules: RetryRules,
  ) => AsyncResult<ProviderError, A>;
};

/**
 * Failures of the moment. A time-out has used its share of the deadline: the next provider is the better
 * try. A quota refused by the provider is worth a wait only when it says how short.
 */
const isRetryable = (error: ProviderError): boolean =>
  error.kind === 'provider-unavailable' ||
  (error.kind === 'quota-exceeded' && error.scope === 'provider' && error.retryAfterMs > 0);

const waitAsked = (error: ProviderError): number | undefined =>
  'retryAfterMs' in error && error.retryAfterMs !== undefined && error.retryAfterMs > 0
    ? error.retryAfterMs
    : undefined;

/** Outside the quota stage: each try is counted and paid for. Our own refusals are never retried. */
export const withRetry =
  (retries: Retries, clock: Clock): ServiceStage =>
  <Req, Res>(operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
    operation.retrySafe
      ? (call, service) =>
          retries.run(() => next(call, service), {
            budget: service.id,
            isRetryable,
            waitAsked,
            timeLeft: () => call.deadlineAt - clock.monotonic(),
            signal: call.signal,
          })
      : next;
