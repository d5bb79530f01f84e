import type { CacheStore } from '../../domain/cache/cache-store.ts';
import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { CallError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, type Either } from '../../domain/shared/fp.ts';
import { newLedger, type CallLedger } from './call-ledger.ts';
import type { Call, Served } from './call.ts';
import type { ProviderCall } from './stage.ts';

/** One load that all equal calls share (single flight). Exactly one of them takes over its ledger. */
export type Flight = {
  readonly plan: ProviderPlan;
  readonly landed: Promise<Either<CallError, Served<unknown>>>;
  readonly abort: AbortController;
  readonly ledger: CallLedger;
  readonly deadlineAt: number;
  readonly budgetMs: number;
  /** Monotonic milliseconds at which the load started. */
  readonly tookOffAt: number;
  waiting: number;
  /**
   * The call that took over the ledger and stores the answer. Undefined until a first call has received the outcome.
   */
  claimedBy: CallLedger | undefined;
  /**
   * Set when the answer has been stored: the calls that were in progress at that moment, the only ones that may still
   * share it. Undefined before.
   */
  lateComers: Set<CallLedger> | undefined;
};

export type Flights = {
  /**
   * To be called when a call begins, before it looks into the cache. It may share any flight that lands before its
   * `end`.
   */
  readonly begin: (key: string, ledger: CallLedger) => void;
  /** To be called when a call has ended and has stored what it had to store. */
  readonly end: (key: string, ledger: CallLedger) => void;
  /** The flight that this call may share, or a new one. */
  readonly board: <Req, Res>(key: string, call: Call<Req>, next: ProviderCall<Req, Res>) => Flight;
  /**
   * A call stops waiting; `outOfTime` when the flight has used up its time, false when the call leaves earlier. A
   * flight that nobody waits for is aborted.
   */
  readonly leave: (key: string, flight: Flight, outOfTime: boolean) => void;
};

const OUT_OF_TIME = 'the flight was out of time';

/**
 * The load was aborted after it had used all of its time, rather than because its callers left: a time-out then says
 * something about the provider.
 */
const wasOutOfTime = (signal: AbortSignal): boolean => signal.reason === OUT_OF_TIME;

/** The load was aborted because its callers left before its time was up, which says nothing about the provider. */
export const hasGone = (signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && !wasOutOfTime(signal);

/** Milliseconds that a call was given in all. */
export const budgetOf = ({
  deadlineAt,
  startedAt,
}: Pick<Call<unknown>, 'deadlineAt' | 'startedAt'>): number => deadlineAt - startedAt;

/** A provider timed out that might have answered a caller with more time. */
export const wantedTime = (error: CallError): boolean =>
  'attempts' in error && error.attempts.some(({ outcome }) => outcome === 'provider-timeout');

export type Purges = { readonly cache: Pick<CacheStore, 'wasPurgedSince'>; readonly clock: Clock };

/** Add this to a monotonic time to get the epoch milliseconds used for cache entries. */
export const epochOf = (clock: Pick<Clock, 'now' | 'monotonic'>): number => clock.now() - clock.monotonic();

/**
 * Whether an answer requested at `askedAt` (monotonic milliseconds) is outdated for this call by a purge or removal.
 * The tags of an answer in progress are not known yet, so any purge of the tenant counts. So does one that came after
 * the call began, because only the last purge is known and there may have been an earlier one.
 */
export const isOutdatedFor = (
  { ctx, cacheKey }: Pick<Call<unknown>, 'ctx' | 'cacheKey'>,
  askedAt: number,
  { cache, clock }: Purges,
): boolean => cache.wasPurgedSince(ctx.tenantId, Math.floor(epochOf(clock) + askedAt), cacheKey);

/** Calls with one key that are in progress, and the flight that they may share. */
type EqualCalls = { readonly calls: Set<CallLedger>; flight: Flight | undefined };

/**
 * The single flights of this process, by key. A call that began before an answer was stored may share that answer,
 * however long its own cache lookup takes, since it may have looked too early. For a call that began later the flight
 * is over: the cache has the answer. Membership decides this and not a time limit, because a process may be slower than
 * any limit. A flight also ends for new calls after a purge of the tenant, and after a change or removal of a service
 * that it asks.
 */
export const flightTable = (purges: Purges): Flights => {
  const underWay = new Map<string, EqualCalls>();

  const remove = (key: string, flight: Flight): void => {
    const equal = underWay.get(key);
    if (equal?.flight === flight) equal.flight = undefined;
  };

  return {
    begin: (key, ledger) => {
      const equal = underWay.get(key);
      if (equal === undefined) underWay.set(key, { calls: new Set([ledger]), flight: undefined });
      else equal.calls.add(ledger);
    },
    end: (key, ledger) => {
      const equal = underWay.get(key);
      if (equal === undefined) return;
      equal.calls.delete(ledger);
      if (equal.calls.size === 0) underWay.delete(key);
      const { flight } = equal;
      if (flight?.claimedBy === ledger) flight.lateComers = new Set(equal.calls);
      flight?.lateComers?.delete(ledger);
      if (flight?.lateComers?.size === 0) equal.flight = undefined;
    },
    board: (key, call, next) => {
      const equal = underWay.get(key);
      const known = equal?.flight;
      if (known !== undefined && isFor(known, call, purges)) return known;
      const flight = takeOff(call, next, purges.clock);
      if (equal !== undefined) equal.flight = flight;
      flight.landed.then(
        // Neither failures nor hasty answers are cached, so later calls must load again.
        (result) => (isLeft(result) || result.right.isHasty === true) && remove(key, flight),
        () => remove(key, flight),
      );
      return flight;
    },
    leave: (key, flight, outOfTime) => {
      flight.waiting -= 1;
      if (flight.waiting > 0) return;
      remove(key, flight);
      flight.abort.abort(outOfTime ? OUT_OF_TIME : undefined);
    },
  };
};

/** False once the flight is over, after a purge, and after a change or removal of a service that it asks. */
const isFor = ({ lateComers, plan, tookOffAt }: Flight, call: Call<unknown>, purges: Purges): boolean =>
  lateComers?.has(call.ledger) !== false &&
  !isOutdatedFor(call, tookOffAt, purges) &&
  plan.services.every(
    (asked, place) =>
      call.plan.services[place] === asked ||
      call.plan.services.some(({ id, version }) => id === asked.id && version <= asked.version),
  );

const takeOff = <Req, Res>(call: Call<Req>, next: ProviderCall<Req, Res>, clock: Clock): Flight => {
  const abort = new AbortController();
  const ledger = newLedger(call.ledger.logId);
  const tookOffAt = clock.monotonic();
  return {
    plan: call.plan,
    landed: next({ ...call, ledger, signal: abort.signal }),
    abort,
    ledger,
    deadlineAt: call.deadlineAt,
    budgetMs: budgetOf(call),
    tookOffAt,
    waiting: 0,
    claimedBy: undefined,
    lateComers: undefined,
  };
};
