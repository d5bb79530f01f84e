import type { CallError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import type { Call, Served } from '../call.ts';
import type { CallLedger } from '../call-ledger.ts';
import type { ProviderCall } from '../stage.ts';
import { budgetOf, wantedTime, type Flight, type Flights } from '../flights.ts';
import type { Timers } from '../../timers.ts';
import type { Operation } from '../operation.ts';
import type { Caller } from '../call-options.ts';
import { flightKey } from './with-flights-in-sight.ts';

type Deps = {
  /** The table in which `withFlightsInSight` registers its calls. */
  readonly flights: Flights;
  readonly clock: Clock;
  readonly timers: Timers;
};

/** Milliseconds that an aborted flight may take to report what it did, so that its cost is not lost. */
const LANDING_MS = 100;

/**
 * Single flight: one load per key at a time in this process. A caller waits until its own deadline or until it
 * disconnects; the flight continues while anybody waits and is aborted when nobody does. A call whose cache lookup was
 * still in progress when the answer was stored shares it too. Failures are shared like answers, except where a caller
 * has more time than the flight had and more time might have helped (a time-out, a hasty answer): that caller starts
 * another flight. Work and cost are attributed to one caller.
 */
export const withSingleFlight =
  ({ flights, clock, timers }: Deps) =>
  <Req, Res>(_: Operation<Req, Res>, next: ProviderCall<Req, Res>): ProviderCall<Req, Res> =>
  async (call) => {
    const key = flightKey(call);
    if (key === undefined) return next(call);
    for (;;) {
      if (call.options.caller?.isGone() === true) return left(notWaited(call, 'gone'));
      const flight = flights.board(key, call, next);
      flight.waiting += 1;
      const landed = flight.landed as AsyncResult<CallError, Served<Res>>;
      const timeLeft = call.deadlineAt - clock.monotonic();
      const result = await beforeDeadline(landed, timeLeft, timers, call.options.caller).catch(
        (error: unknown) => {
          flight.waiting -= 1;
          claim(flight, call.ledger);
          throw error;
        },
      );
      if (result === 'too-late' || result === 'gone') {
        flights.leave(key, flight, result === 'too-late' && call.deadlineAt >= flight.deadlineAt);
        if (flight.waiting === 0) await claimOnLanding(flight, call, timers);
        return left(notWaited(call, result));
      }
      flight.waiting -= 1;
      const leader = claim(flight, call.ledger);
      if (!wasCutShort(result, flight, call)) return shared(result, leader);
    }
  };

/**
 * Nobody waits for the flight any more: what it did is attributed to the last caller that waited, even if it then ends
 * with an exception.
 */
const claimOnLanding = async <Req>(flight: Flight, { ledger }: Call<Req>, timers: Timers): Promise<void> => {
  const over = flight.landed.then(nothing, nothing);
  await beforeDeadline(over, LANDING_MS, timers);
  claim(flight, ledger);
};

const nothing = (): void => undefined;

const notWaited = <Req>({ ledger }: Call<Req>, why: 'too-late' | 'gone'): CallError => ({
  kind: 'deadline-exceeded',
  attempts: ledger.attempts,
  ...(why === 'gone' && { callerGone: true }),
});

/**
 * The flight had less time than this call has, and more time might have avoided its failure or improved its hasty
 * answer. Any other outcome would only repeat itself.
 */
const wasCutShort = <Req, Res>(
  result: Either<CallError, Served<Res>>,
  flight: Flight,
  call: Call<Req>,
): boolean => {
  if (isLeft(result) && result.left.kind === 'deadline-exceeded') return flight.deadlineAt < call.deadlineAt;
  const isForTime = isLeft(result) ? wantedTime(result.left) : result.right.isHasty === true;
  return isForTime && flight.budgetMs < budgetOf(call);
};

/** The first caller takes over the flight's ledger; false for all others. */
const claim = (flight: Flight, ledger: CallLedger): boolean => {
  ledger.windows = flight.ledger.windows;
  if (flight.claimedBy !== undefined) return false;
  flight.claimedBy = ledger;
  ledger.attempts.push(...flight.ledger.attempts);
  ledger.refusals.push(...flight.ledger.refusals);
  ledger.costCurrency ??= flight.ledger.costCurrency;
  // As within a flight, an amount in a second currency is recorded on its attempt only.
  if (ledger.costCurrency === flight.ledger.costCurrency) ledger.costMicros += flight.ledger.costMicros;
  ledger.timings.quota += flight.ledger.timings.quota;
  ledger.timings.provider += flight.ledger.timings.provider;
  return true;
};

const shared = <Res>(
  result: Either<CallError, Served<Res>>,
  leader: boolean,
): Either<CallError, Served<Res>> => {
  if (leader || isLeft(result) || result.right.cache.status !== 'miss') return result;
  const { loadedElsewhere: _, ...served } = result.right;
  return right({ ...served, cache: { ...result.right.cache, collapsed: true } });
};

const beforeDeadline = async <T>(
  promise: Promise<T>,
  milliseconds: number,
  timers: Timers,
  caller?: Caller,
): Promise<T | 'too-late' | 'gone'> => {
  let timer: unknown;
  let stopListening: (() => void) | undefined;
  const givenUp = new Promise<'too-late' | 'gone'>((resolve) => {
    timer = timers.set(() => resolve('too-late'), Math.max(0, milliseconds));
    stopListening = caller?.whenGone(() => resolve('gone'));
  });
  try {
    return await Promise.race([promise, givenUp]);
  } finally {
    timers.clear(timer);
    stopListening?.();
  }
};
