import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { CallLedger } from '../call-ledger.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import type { Operation } from '../operation.ts';
import { shareOfTime } from '../share-of-time.ts';

export type RetryRules = {
  /** Id of the retry budget, one per service. */
  readonly budget: string;
  readonly isRetryable: (error: ProviderError) => boolean;
  /** Milliseconds the provider asked us to wait; undefined: use our own backoff with jitter. */
  readonly waitAsked: (error: ProviderError) => number | undefined;
  /** Milliseconds left for waiting and retrying; the share of later services in the plan is already deducted. */
  readonly timeLeft: () => number;
  readonly signal: AbortSignal | undefined;
};

/** Retries with jitter, within a budget of extra calls, obeying Retry-After and the time left. */
export type Retries = {
  readonly run: <A>(
    work: () => AsyncResult<ProviderError, A>,
    rules: RetryRules,
  ) => AsyncResult<ProviderError, A>;
};

/**
 * Transient failures. A time-out is not retried: it has used its share of the deadline, and the next provider is the
 * better try. A quota refused by the provider is retried only when it says how long to wait or that it is momentary.
 */
const isRetryable = (error: ProviderError): boolean =>
  error.kind === 'provider-unavailable' ||
  (error.kind === 'quota-exceeded' &&
    error.scope === 'provider' &&
    (error.retryAfterMs > 0 || error.isMomentary === true));

/** For idempotent writes, which may also be repeated after an unknown outcome. */
const isRetryableWrite = (error: ProviderError): boolean =>
  isRetryable(error) || error.kind === 'outcome-unknown';

const waitAsked = (error: ProviderError): number | undefined =>
  'retryAfterMs' in error && error.retryAfterMs !== undefined && error.retryAfterMs > 0
    ? error.retryAfterMs
    : undefined;

/**
 * After a quota refusal, calls of an account wait in its line (account-line.ts), so the retry must not wait as well. It
 * does wait for what precedes the line, such as an access token.
 */
const waitAskedBesideLine = (error: ProviderError): number | undefined =>
  error.kind === 'quota-exceeded' && error.isBeforeLine !== true ? undefined : waitAsked(error);

/** Outside the quota stage, so each try is counted and paid for. Refusals by our own quotas are never retried. */
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
 * Once a try may have written, a later failure does not make that certain, and a later success does not rule out that
 * the earlier try still arrives.
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
