import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import {
  wasHurried,
  type Attempt,
  type CallError,
  type ProviderError,
} from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import type { Money } from '../../../domain/shared/money.ts';
import type { Call, Served } from '../call.ts';
import { endedByException } from '../call-end.ts';
import type { ProviderCall, ServiceCall } from '../stage.ts';
import { isInDoubt } from '../may-have-written.ts';
import { isCoarse, type Operation } from '../operation.ts';

type Best<Res> = {
  readonly value: Res;
  /** What `service` alone answered, before matches of others were added. */
  readonly own: Res;
  readonly service: ExternalService;
  /** Other services whose matches are part of `value`. */
  readonly others: readonly ExternalService[];
};
type Failed = { readonly error: ProviderError; readonly service: ExternalService };

/**
 * The fallback, innermost of the per-call stages: asks the services of the plan in order. Moves on after a failure that
 * another provider may cure, and after a poor answer; stops at a request that is itself wrong and at the tenant's own
 * limit. "No match" is an answer, but the next provider may still have a better one.
 */
export const firstThatAnswers =
  (clock: Clock) =>
  <Req, Res>(operation: Operation<Req, Res>, ask: ServiceCall<Req, Res>): ProviderCall<Req, Res> =>
  async (call) => {
    if (call.plan.services.length === 0)
      return left({
        kind: 'no-provider',
        message: `no active ${operation.serviceType} service is registered`,
      });
    let best: Best<Res> | undefined;
    const askedAt = clock.monotonic();
    const failures: Failed[] = [];
    for (const service of call.plan.services) {
      if (clock.monotonic() >= call.deadlineAt || call.signal?.aborted === true) break;
      const result = await attempted(operation, ask, call, service, clock);
      if (isLeft(result)) {
        failures.push({ error: result.left, service });
        if (isFinal(result.left) || mayBeDone(operation, call)) break;
        continue;
      }
      const next: Best<Res> = { value: result.right, own: result.right, service, others: [] };
      best = best === undefined ? next : better(operation, call.request, best, next);
      if (!operation.isNoMatch(best.value) && !operation.isPoor(call.request, best.value)) break;
    }
    return best === undefined || (failures.length > 0 && isSilence(operation, best))
      ? left(failureOf(call, failures))
      : right({ ...served(best, failures), ...(isHasty(operation, call, best, failures) && HASTY), askedAt });
  };

/**
 * True when the best answer is "no match" from a provider that knows only part of all places. While another provider
 * failed, it must not be returned: the caller would take it for the word of the one that failed.
 */
const isSilence = <Req, Res>({ isNoMatch, knowsPart }: Operation<Req, Res>, best: Best<Res>): boolean =>
  isNoMatch(best.value) && knowsPart?.(best.service.provider) === true;

const HASTY = { isHasty: true } as const;

const isHasty = <Req, Res>(
  operation: Operation<Req, Res>,
  { request }: Call<Req>,
  { value }: Best<Res>,
  failures: readonly Failed[],
): boolean => failures.some(({ error }) => wasHurried(error)) && isCoarse(operation, request, value);

const better = <Req, Res>(
  operation: Operation<Req, Res>,
  request: Req,
  first: Best<Res>,
  second: Best<Res>,
): Best<Res> => {
  // If neither found anything, prefer the second: it may know all places, and then "no match" is a real answer.
  if (isSilence(operation, first) && operation.isNoMatch(second.value)) return second;
  const verdict = operation.better(request, first.value, second.value);
  // A mixed answer that loses leaves only its own best match behind: what others had added to it, and whom it names for
  // that, is left out. The verdict stays the same, since the best match stands first in both.
  const { answer, winner, isMixed } =
    verdict.winner === 'second' ? operation.better(request, first.own, second.value) : verdict;
  const [won, lost] = winner === 'first' ? [first, second] : [second, first];
  // Merging adds only the loser's best match to the answer, and that one is from the loser's own service.
  const others = isMixed === true ? [...won.others, lost.service] : won.others;
  return { value: answer, own: won.own, service: won.service, others };
};

const attempted = async <Req, Res>(
  operation: Operation<Req, Res>,
  ask: ServiceCall<Req, Res>,
  call: Call<Req>,
  service: ExternalService,
  clock: Clock,
): Promise<Either<ProviderError, Res>> => {
  const { ledger, request } = call;
  const started = clock.monotonic();
  const { callsSent, callsBilled } = ledger;
  const note = (result: Either<ProviderError, Res>): void => {
    const billed = ledger.callsBilled - callsBilled;
    ledger.attempts.push({
      provider: service.provider,
      serviceId: service.id,
      serviceName: service.serviceName,
      outcome: outcomeOf(operation, request, result),
      durationMs: Math.round(clock.monotonic() - started),
      calls: ledger.callsSent - callsSent,
      ...(billed > 0 && { cost: times(service.costPerCall, billed) }),
      ...(isLeft(result) && saidBy(result.left)),
    });
  };
  let result: Either<ProviderError, Res>;
  try {
    result = await ask(call, service);
  } catch (error) {
    if (ledger.callsSent > callsSent) note(left(endedByException(operation)));
    throw error;
  }
  note(result);
  return result;
};

const saidBy = ({ message, status }: ProviderError): Pick<Attempt, 'message' | 'status'> => ({
  message,
  ...(status !== undefined && { status }),
});

const times = ({ micros, currency }: Money, count: number): Money => ({ micros: micros * count, currency });

const outcomeOf = <Req, Res>(
  operation: Operation<Req, Res>,
  request: Req,
  result: Either<ProviderError, Res>,
): Attempt['outcome'] => {
  if (isLeft(result)) return result.left.kind;
  if (operation.isNoMatch(result.right)) return 'no-match';
  return operation.isPoor(request, result.right) ? 'poor-match' : 'ok';
};

/** The account of this service has no access; that of another service may have. */
const isOfAccount = (error: ProviderError): boolean =>
  error.kind === 'request-rejected' && error.isOfAccount === true;

/**
 * Errors after which no other service is asked: a wrong request stays wrong, a write that may have been carried out
 * must not be repeated elsewhere, and the tenant's own limit applies to every provider.
 */
const isFinal = (error: ProviderError): boolean =>
  (error.kind === 'request-rejected' && !isOfAccount(error)) ||
  error.kind === 'resource-not-found' ||
  error.kind === 'outcome-unknown' ||
  (error.kind === 'quota-exceeded' && error.scope === 'tenant');

/** Whether a write may have been carried out already, so that asking another provider could do it twice. */
const mayBeDone = <Req, Res>({ writes }: Operation<Req, Res>, { ledger }: Call<Req>): boolean =>
  writes !== undefined && ledger.attempts.some(isInDoubt);

const failureOf = <Req>(call: Call<Req>, failures: readonly Failed[]): CallError => {
  const { attempts } = call.ledger;
  // `not-supported` says neither whether there is a route nor when to retry, so it does not decide the error.
  const able = failures.filter(({ error }) => error.kind !== 'not-supported');
  const last = able.at(-1) ?? failures.at(-1);
  const isRefused = able.length > 0 && able.every(({ error }) => isOfAccount(error));
  // There was no time to ask all services, and one of the others may have had access.
  const isTooLate = isRefused && failures.length < call.plan.services.length;
  if (last === undefined || isTooLate) return { kind: 'deadline-exceeded', attempts };
  const isOne = able.length <= 1 || isFinal(last.error) || isRefused;
  if (isOne) return { kind: 'call-failed', error: last.error, attempts };
  return { kind: 'all-providers-failed', attempts, retryAfterMs: soonest(failures) };
};

/** Milliseconds until the first of the providers may answer again; 0 when unknown. */
const soonest = (failures: readonly Failed[]): number => {
  const least = Math.min(...failures.map(({ error }) => waitFor(error)));
  return Number.isFinite(least) ? least : 0;
};

/**
 * Milliseconds after which a retry makes sense: as stated by the provider, or a second after an outage. Infinity for
 * errors that waiting does not cure, such as a refused key.
 */
const waitFor = (error: ProviderError): number => {
  const stated = 'retryAfterMs' in error ? (error.retryAfterMs ?? 0) : 0;
  if (stated > 0) return stated;
  return error.kind === 'provider-unavailable' || error.kind === 'provider-timeout'
    ? 1_000
    : Number.POSITIVE_INFINITY;
};

const served = <Res>({ value, service, others }: Best<Res>, failures: readonly Failed[]): Served<Res> => ({
  value,
  service: { id: service.id, serviceName: service.serviceName, provider: service.provider },
  ...(others.length > 0 && { alsoFrom: others.map(({ id }) => id) }),
  ...(failures.length > 0 && { besideFailures: true }),
  cache: { status: 'miss', reason: 'cold', collapsed: false, stored: false, key: '' },
});
