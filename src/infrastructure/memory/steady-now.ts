import type { Clock } from '../../domain/shared/clock.ts';

/**
 * Epoch milliseconds that follow the wall clock forward, never go back, and do not stand still when the wall
 * clock is set back: the monotonic clock carries them on until the wall clock has caught up.
 */
export const steadyNow = (clock: Clock): (() => number) => {
  let anchor = clock.now();
  let anchorMonotonic = clock.monotonic();
  return () => {
    const wall = clock.now();
    const monotonic = clock.monotonic();
    const carried = anchor + Math.floor(monotonic - anchorMonotonic);
    if (wall < carried) return carried;
    anchor = wall;
    anchorMonotonic = monotonic;
    return wall;
  };
};
