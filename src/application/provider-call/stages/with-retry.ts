import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { CallLedger } from '../call-ledger.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import type { Operation } from '../operation.ts';
import { shareOfTime } from '../share-of-time.ts';

export type RetryRules = {
  /** Which budget pays: one per service. */
  readonly budget: string;
  readonly isRetryable: (error: ProviderError) => boolean;
  /** Milliseconds the provider asked us to wait; undefined: our own jittered backoff. */
  readonly waitAsked: (error: ProviderError) => number | undefined;
  /** Milliseconds left for waiting and trying again; those behind in the plan have theirs. */
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
 * try. A quota refused by the provider is worth a wait only when it says how short, or that it is of this moment.
 */
const isRetryable = (error: ProviderError): boolean =>
  error.kind === 'provider-unavailable' ||
  (error.kind === 'quota-exceeded' &&
    error.scope === 'provider' &&
    (error.retryAfterMs > 0 || error.isMomentary === true));

/** Done twice it is the same as done once. */
const isRetryableWrite = (error: ProviderError): boolean =>
  isRetryable(error) || error.kind === 'outcome-unknown';

const waitAsked = (error: ProviderError): number | undefined =>
  'retryAfterMs' in error && error.retryAfterMs !== undefined && error.retryAfterMs > 0
    ? error.retryAfterMs
    : undefined;

/**
 * Calls of an account that refused for its quota wait in its line (account-line.ts), which knows what is too long: a
 * retry does not wait for it as well. But it does for what comes before the line, such as a token.
 */
const waitAskedBesideLine = (error: ProviderError): number | undefined =>
  error.kind === 'quota-exceeded' && error.isBeforeLine !== true ? undefined : waitAsked(error);

/** Outside the quota stage: each try is counted and paid for. Our own refusals are never retried. */
export const withRetry =
  (retries: Retries, clock: Clock): ServiceStage =>
  <Req, Res>(operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
    operation.retrySafe
      ? (call, service) => {
          const again =
            operation.writes === 'repeatable'
              ? untilKnown(call.ledger, () => next(call, service))
              : undefined;
          const startedAt = clock.monotonic();
          const endAt = startedAt + shareOfTime(call.deadlineAt - startedAt, operation, call, service);
          const rules: RetryRules = {
            budget: service.id,
            isRetryable: again === undefined ? isRetryable : isRetryableWrite,
            waitAsked: operation.account === undefined ? waitAsked : waitAskedBesideLine,
            timeLeft: () => endAt - clock.monotonic(),
            signal: call.signal,
          };
          return retries.run(again ?? (() => next(call, service)), rules);
        }
      : next;

/**
 * What an earlier try may have written is not undone by a later one that failed plainly, nor overtaken by one that was
 * answered.
 */
const untilKnown = <A>(
  ledger: CallLedger,
  work: () => AsyncResult<ProviderError, A>,
): (() => AsyncResult<ProviderError, A>) => {
  let unknown: ProviderError | undefined;
  return async () => {
    const result = await work();
    if (!isLeft(result)) {
      if (unknown !== undefined) ledger.mayComeAgain = true;
      return result;
    }
    if (result.left.kind === 'outcome-unknown') unknown = result.left;
    return unknown === undefined ? result : left(unknown);
  };
};
