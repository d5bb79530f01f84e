import type { Clock } from '../../domain/shared/clock.ts';

/**
 * Epoch milliseconds that follow the wall clock forward but never go back. When the wall clock is set back, they do not
 * stand still either: they advance with the monotonic clock until the wall clock has caught up.
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
