import { turn, type FixedClock } from './fixed-clock.ts';

/** Timers that fire as the fixed clock is advanced. */
export const timersOf = (clock: FixedClock) => ({
  set: (callback: () => void, ms: number) => {
    const stop = new AbortController();
    const ring = async (): Promise<void> => {
      // Never synchronously, like real timers.
      await (ms > 0 ? clock.sleep(ms, stop.signal) : turn());
      if (!stop.signal.aborted) callback();
    };
    void ring();
    return stop;
  },
  clear: (timer: unknown) => (timer instanceof AbortController ? timer.abort() : undefined),
});
