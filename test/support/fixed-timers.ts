import { turn, type FixedClock } from './fixed-clock.ts';

/** Timers that ring as the clock that stands still is set on. */
export const timersOf = (clock: FixedClock) => ({
  set: (callback: () => void, ms: number) => {
    const stop = new AbortController();
    const ring = async (): Promise<void> => {
      // Never at once, as no timer does.
      await (ms > 0 ? clock.sleep(ms, stop.signal) : turn());
      if (!stop.signal.aborted) callback();
    };
    void ring();
    return stop;
  },
  clear: (timer: unknown) => (timer instanceof AbortController ? timer.abort() : undefined),
});
