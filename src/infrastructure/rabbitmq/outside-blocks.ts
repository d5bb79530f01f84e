import type { Sleep } from '../../domain/shared/clock.ts';

/**
 * For limits of what a broker is to answer. One that is short of memory or disk reads nothing from whoever
 * publishes, so it refuses nothing either, and all waits for the same: nothing is won by giving up. After a
 * block the time begins anew.
 */
export const outsideBlocks =
  (sleep: Sleep, isBlocked: () => boolean): Sleep =>
  async (milliseconds, signal) => {
    do await sleep(milliseconds, signal);
    while (signal?.aborted !== true && isBlocked());
  };
