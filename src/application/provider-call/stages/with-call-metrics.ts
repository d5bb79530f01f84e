import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { RateLimiter } from '../../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isUnasked, wasHurried, type ProviderError } from '../../../domain/provider/provider-error.ts';
import { isLeft, left, type Either } from '../../../domain/shared/fp.ts';
import type { Money } from '../../../domain/shared/money.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { Call } from '../call.ts';
import { endedByException } from '../call-end.ts';
import type { CallLedger } from '../call-ledger.ts';
import type { ServiceCall, ServiceStage } from '../stage.ts';
import { hasGone } from '../flights.ts';
import type { Operation } from '../operation.ts';

type Deps = {
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly limiter: Pick<RateLimiter, 'addCost'>;
};

/**
 * The last stage before the adapter: what passes here leaves for the provider, and is counted, timed and priced. A call
 * that was held back after all (in a lane, or while waiting for the write lease) does not count, nor does the time it
 * waited for quotas. Callers whose rows leave together make one request, counted for the one whose quota it took.
 */
export const withCallMetrics =
  (deps: Deps): ServiceStage =>
  <Req, Res>(operation: Operation<Req, Res>, next: ServiceCall<Req, Res>): ServiceCall<Req, Res> =>
  async (call, service) => {
    const note = leaving(deps, operation, call, service);
    let result: Either<ProviderError, Res>;
    try {
      result = await next(call, service);
    } catch (error) {
      note(left(endedByException(operation)), true);
      throw error;
    }
    note(result, false);
    return result;
  };

/**
 * Starts counting a request and returns the function to call with its outcome. If an exception ends a caller that has
 * not paid, either nothing was sent for it or another caller records the request.
 */
const leaving = <Req>(
  { telemetry, clock, limiter }: Deps,
  operation: Pick<Operation<Req, never>, 'name' | 'paysWhenItLeaves'>,
  call: Call<Req>,
  service: ExternalService,
): ((result: Either<ProviderError, unknown>, isException: boolean) => void) => {
  const { ledger } = call;
  const started = clock.monotonic();
  const quotaBefore = ledger.timings.quota;
  const { requestsPaid: paidBefore, requestsTold: toldBefore } = ledger;
  ledger.callsSent += 1;
  return (result, isException) => {
    const wentAlong = operation.paysWhenItLeaves === true && ledger.requestsPaid === paidBefore;
    if (wasHeldBack(result) || (isException && wentAlong)) {
      ledger.callsSent -= 1;
      return;
    }
    const durationMs = clock.monotonic() - started - (ledger.timings.quota - quotaBefore);
    ledger.timings.provider += durationMs;
    if (!wentAlong && service.costPerCall.micros > 0 && isBilled(result)) {
      const { provider, costPerCall: cost } = service;
      bill(ledger, cost);
      limiter.addCost(service.tenantId, service.id, cost.micros);
      telemetry.providerCharged({ provider, operation: operation.name, cost });
    }
    if (isOneCall(result, wentAlong && ledger.requestsTold === toldBefore))
      telemetry.providerCalled({
        provider: service.provider,
        operation: operation.name,
        outcome: outcomeOf(result, call.signal),
        durationMs,
      });
  };
};

/**
 * Of the callers that share one request, one gets a failure as its own and the others get it marked as shared, so a
 * failure counts once. A caller that failed before it could pay, for want of an access token, counts too.
 */
const isOneCall = (result: Either<ProviderError, unknown>, wentAlong: boolean): boolean =>
  isLeft(result) ? result.left.isShared !== true : !wentAlong;

/** `given-up` when the caller disconnected or left too little time: the provider has not failed. */
const outcomeOf = (result: Either<ProviderError, unknown>, signal: AbortSignal | undefined): string => {
  if (!isLeft(result)) return 'ok';
  return wasHurried(result.left) || hasGone(signal) ? 'given-up' : result.left.kind;
};

/**
 * Amounts in a second currency cannot be added to the first; they are recorded on the attempt and in the service's
 * costs.
 */
const bill = (ledger: CallLedger, { micros, currency }: Money): void => {
  ledger.callsBilled += 1;
  ledger.costCurrency ??= currency;
  if (currency === ledger.costCurrency) ledger.costMicros += micros;
};

/** The provider was not asked: we refused, its answer was known already, or it cannot do the operation. */
const wasHeldBack = (result: Either<ProviderError, unknown>): boolean =>
  isLeft(result) &&
  (isUnasked(result.left) ||
    result.left.kind === 'breaker-open' ||
    result.left.kind === 'not-supported' ||
    (result.left.kind === 'quota-exceeded' && result.left.scope !== 'provider'));

const BILLED_FAILURES = new Set<ProviderError['kind']>([
  'provider-timeout',
  'answer-not-understood',
  'outcome-unknown',
]);

/**
 * Failed and refused calls are not billed. An answer is, even an empty one, and so is a call that timed out, unless
 * time ran out before a connection was established.
 */
const isBilled = (result: Either<ProviderError, unknown>): boolean => {
  if (!isLeft(result)) return true;
  const error = result.left;
  return BILLED_FAILURES.has(error.kind) && !(error.kind === 'provider-timeout' && error.isUnsent === true);
};
