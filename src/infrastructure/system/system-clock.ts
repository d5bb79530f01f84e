import type { Clock, Sleep } from '../../domain/shared/clock.ts';

/** The machine's clocks: wall clock in whole epoch milliseconds, monotonic clock with fractions. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** With a longer delay (2^31 - 1 ms) Node fires a timer at once, with a warning. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Waits on a real timer; resolves at once when `signal` has already aborted. At most 24.8 days. Sockets are read once
 * more before it resolves: most sleeps are time-outs, and a busy process runs its timers before it reads an answer that
 * came in time.
 */
export const systemSleep: Sleep = (milliseconds, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(() => setImmediate(wake), Math.min(milliseconds, LONGEST_TIMER_MS));
    signal?.addEventListener('abort', wake, { once: true });
  });
