import { windowMs, type WindowState } from '../../../domain/rate-limit/quota.ts';
import type { Clock } from '../../../domain/shared/clock.ts';

/** Where the windows of an account stand, as the limiter told last. */
export type ToldWindows = {
  readonly note: (windows: readonly WindowState[]) => void;
  /** Calls that all of them still take; undefined: that was told too long ago to be true. */
  readonly freshRoom: () => number | undefined;
  /** The same, however long ago. */
  readonly room: () => number;
  /** Of the windows that are full, the one that stays full longest. */
  readonly full: () => WindowState | undefined;
  /** What a refusal names; undefined: nothing was told yet. */
  readonly narrowest: () => WindowState | undefined;
};

export const toldWindows = (clock: Pick<Clock, 'monotonic'>): ToldWindows => {
  let windows: readonly WindowState[] = [];
  let toldAt = Number.NEGATIVE_INFINITY;

  const room = (): number => Math.min(...windows.map(({ remaining }) => remaining));
  const full = (): WindowState | undefined =>
    windows.filter(({ remaining }) => remaining < 1).toSorted((one, two) => two.resetsAt - one.resetsAt)[0];

  return {
    note: (told) => {
      windows = told;
      toldAt = clock.monotonic();
    },
    freshRoom: () => (clock.monotonic() - toldAt < windowMs.minute ? room() : undefined),
    room,
    full,
    narrowest: () => full() ?? windows[0],
  };
};
