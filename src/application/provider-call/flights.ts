import type { CacheStore } from '../../domain/cache/cache-store.ts';
import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { CallError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, type Either } from '../../domain/shared/fp.ts';
import { newLedger, type CallLedger } from './call-ledger.ts';
import type { Call, Served } from './call.ts';
import type { ProviderCall } from './stage.ts';

/** One load, shared by all equal calls. Its ledger is taken over by exactly one of them. */
export type Flight = {
  readonly plan: ProviderPlan;
  readonly landed: Promise<Either<CallError, Served<unknown>>>;
  readonly abort: AbortController;
  readonly ledger: CallLedger;
  readonly deadlineAt: number;
  readonly budgetMs: number;
  /** Monotonic milliseconds. */
  readonly tookOffAt: number;
  waiting: number;
  /** The call that took its ledger over, and stores its answer; undefined until the first has seen it. */
  claimedBy: CallLedger | undefined;
  /**
   * Once its answer is stored: the calls that were under way then, which alone may still share it. Undefined before.
   */
  lateComers: Set<CallLedger> | undefined;
};

export type Flights = {
  /** A call begins, before it looks into the cache. It may share whatever lands before `end`. */
  readonly begin: (key: string, ledger: CallLedger) => void;
  /** A call is over; what it had to store is stored. */
  readonly end: (key: string, ledger: CallLedger) => void;
  /** The flight this call may share, else a new one. */
  readonly board: <Req, Res>(key: string, call: Call<Req>, next: ProviderCall<Req, Res>) => Flight;
  /**
   * Somebody stops waiting, because the flight is out of time or earlier. A flight that nobody waits for is aborted.
   */
  readonly leave: (key: string, flight: Flight, outOfTime: boolean) => void;
};

const OUT_OF_TIME = 'the flight was out of time';

/** Aborted although somebody waited for as long as the flight had, so that whoever was asked had all of its time. */
const wasOutOfTime = (signal: AbortSignal): boolean => signal.reason === OUT_OF_TIME;

/** Its caller went away by itself: what it did not wait for tells nothing of the provider. */
export const hasGone = (signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && !wasOutOfTime(signal);

/** Milliseconds a call was given in all. */
export const budgetOf = ({
  deadlineAt,
  startedAt,
}: Pick<Call<unknown>, 'deadlineAt' | 'startedAt'>): number => deadlineAt - startedAt;

/** A provider was given up that might have answered somebody with more patience. */
export const wantedTime = (error: CallError): boolean =>
  'attempts' in error && error.attempts.some(({ outcome }) => outcome === 'provider-timeout');

export type Purges = { readonly cache: Pick<CacheStore, 'wasPurgedSince'>; readonly clock: Clock };

/** What is added to monotonic milliseconds to date entries by them. */
export const epochOf = (clock: Pick<Clock, 'now' | 'monotonic'>): number => clock.now() - clock.monotonic();

/**
 * A call that begins after a purge or a removal gets no answer that was asked for before it (`askedAt`, monotonic
 * milliseconds). How an answer under way will be tagged is not known yet, so any purge of the tenant counts. So does
 * one that came after the call began: only the last purge is known, and there may have been an earlier one.
 */
export const isOutdatedFor = (
  { ctx, cacheKey }: Pick<Call<unknown>, 'ctx' | 'cacheKey'>,
  askedAt: number,
  { cache, clock }: Purges,
): boolean => cache.wasPurgedSince(ctx.tenantId, Math.floor(epochOf(clock) + askedAt), cacheKey);

/** Calls of one key that are under way, and what they may share. */
type EqualCalls = { readonly calls: Set<CallLedger>; flight: Flight | undefined };

/**
 * Flights by key. A call that began before an answer was stored may share that answer, however long it looks into the
 * cache: it may have looked too early to find it there. For a call that began later the flight is over, since the cache
 * has the answer. No clock decides this: a process may be slower than any time that one could set. After a purge a
 * flight is over for all other calls, and after a change or the end of a service, which counts from the next call on.
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
        // Neither is in the cache for those who come later.
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

/** Not once the flight is over, nor after a purge, nor after a change or the end of a service that it asks. */
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
