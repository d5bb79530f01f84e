import type { Clock, Sleep } from '../../src/domain/shared/clock.ts';

type Sleeper = { readonly due: number; readonly wake: () => void };

export type FixedClock = Clock & {
  /** Moves both clocks forward and wakes the sleepers that are due, in order of their due times. */
  readonly advance: (milliseconds: number) => void;
  /**
   * Sets the wall clock. Forward, it advances both; backward, only the wall clock moves and the monotonic one stands
   * still.
   */
  readonly set: (epochMs: number) => void;
  /**
   * Advances from sleeper to sleeper and lets the code they wake run, so that every iteration of a loop that sleeps is
   * run.
   */
  readonly run: (milliseconds: number) => Promise<void>;
  /** Resolves when the monotonic clock has reached its due time, or `signal` aborts. */
  readonly sleep: Sleep;
  /** The number of sleepers. */
  readonly pending: () => number;
};

/** Runs everything that waits only for promises. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until it is moved. Default start: 2026-11-22T12:00:00Z. */
export const fixedClock = (startMs = Date.UTC(2026, 10, 22, 12)): FixedClock => {
  let wall = startMs;
  let monotonic = 0;
  const sleepers = new Set<Sleeper>();

  const next = (): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) if (first === undefined || sleeper.due < first.due) first = sleeper;
    return first;
  };
  const advance = (milliseconds: number): void => {
    wall += milliseconds;
    monotonic += milliseconds;
    for (let sleeper = next(); sleeper !== undefined && sleeper.due <= monotonic; sleeper = next())
      sleeper.wake();
  };
  const sleep: Sleep = (milliseconds, signal) =>
    new Promise((resolve) => {
      if (milliseconds <= 0 || signal?.aborted === true) return resolve();
      const sleeper: Sleeper = {
        due: monotonic + milliseconds,
        wake: () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });

  return {
    now: () => wall,
    monotonic: () => monotonic,
    advance,
    set: (epochMs) => (epochMs < wall ? void (wall = epochMs) : advance(epochMs - wall)),
    run: async (milliseconds) => {
      const end = monotonic + milliseconds;
      await turn();
      for (let sleeper = next(); sleeper !== undefined && sleeper.due <= end; sleeper = next()) {
        advance(sleeper.due - monotonic);
        await turn();
      }
      advance(end - monotonic);
      await turn();
    },
    sleep,
    pending: () => sleepers.size,
  };
};
