import type { CallError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isRight, type Either } from '../../domain/shared/fp.ts';
import type { Timers } from '../timers.ts';
import { newLedger, type Call, type CallLedger, type ProviderCall, type Served } from './call.ts';

type Deps = { readonly clock: Clock; readonly timers: Timers };

/** One load, shared by all equal calls. Its ledger is taken over by exactly one of them. */
export type Flight = {
  readonly landed: Promise<Either<CallError, Served<unknown>>>;
  readonly abort: AbortController;
  readonly ledger: CallLedger;
  readonly deadlineAt: number;
  readonly budgetMs: number;
  /** Monotonic milliseconds; undefined while it is under way. */
  landedAt: number | undefined;
  waiting: number;
  claimed: boolean;
};

export type Flights = {
  /** The flight this call may share, else a new one. */
  readonly board: <Req, Res>(key: string, call: Call<Req>, next: ProviderCall<Req, Res>) => Flight;
  /** Somebody waits no more. Without anybody waiting the flight is aborted. */
  readonly leave: (key: string, flight: Flight) => void;
};

/** Milliseconds a call was given in all. */
export const budgetOf = ({
  deadlineAt,
  startedAt,
}: Pick<Call<unknown>, 'deadlineAt' | 'startedAt'>): number => deadlineAt - startedAt;

/** A provider was given up that might have answered somebody with more patience. */
export const wantedTime = (error: CallError): boolean =>
  'attempts' in error && error.attempts.some(({ outcome }) => outcome === 'provider-timeout');

/** Longer than a look into the cache takes: how long an answer waits for calls that began before it came. */
const LINGER_MS = 2_000;

/**
 * Flights by key. A call that began before an answer came shares it also when it looked into the cache too
 * early to find it there; to a call that began later the flight is over.
 */
export const flightTable = ({ clock, timers }: Deps): Flights => {
  const flights = new Map<string, Flight>();

  const remove = (key: string, flight: Flight): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };

  const land = (key: string, flight: Flight, lingers: boolean): void => {
    flight.landedAt = clock.monotonic();
    if (lingers) timers.set(() => remove(key, flight), LINGER_MS);
    else remove(key, flight);
  };

  const takeOff = <Req, Res>(key: string, call: Call<Req>, next: ProviderCall<Req, Res>): Flight => {
    const abort = new AbortController();
    const ledger = newLedger(call.ledger.logId);
    const flight: Flight = {
      landed: next({ ...call, ledger, signal: abort.signal }),
      abort,
      ledger,
      deadlineAt: call.deadlineAt,
      budgetMs: budgetOf(call),
      landedAt: undefined,
      waiting: 0,
      claimed: false,
    };
    flights.set(key, flight);
    flight.landed.then(
      (result) => land(key, flight, isRight(result)),
      () => land(key, flight, false),
    );
    return flight;
  };

  return {
    board: (key, call, next) => {
      const flight = flights.get(key);
      const isOver = flight?.landedAt !== undefined && flight.landedAt < call.startedAt;
      return flight === undefined || isOver ? takeOff(key, call, next) : flight;
    },
    leave: (key, flight) => {
      flight.waiting -= 1;
      if (flight.waiting > 0) return;
      remove(key, flight);
      flight.abort.abort();
    },
  };
};
