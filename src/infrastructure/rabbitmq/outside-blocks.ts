import type { Sleep } from '../../domain/shared/clock.ts';

/**
 * A sleep for time limits on the broker's answers that does not end during a block. A blocked broker reads nothing from
 * publishers, so everything waits for the same and giving up gains nothing. After a block the time starts again.
 */
export const outsideBlocks =
  (sleep: Sleep, isBlocked: () => boolean): Sleep =>
  async (milliseconds, signal) => {
    do await sleep(milliseconds, signal);
    while (signal?.aborted !== true && isBlocked());
  };
