import { windowMs, type WindowState } from '../../../domain/rate-limit/quota.ts';
import type { Clock } from '../../../domain/shared/clock.ts';

/** The last state of an account's windows that the limiter reported. */
export type AccountWindows = {
  readonly note: (windows: readonly WindowState[]) => void;
  /** Calls that all of these windows still allow; undefined when the report is too old to be relied upon. */
  readonly freshRoom: () => number | undefined;
  /** The same, regardless of the report's age. */
  readonly room: () => number;
  /** The full window that stays full the longest. */
  readonly full: () => WindowState | undefined;
  /** The window that a refusal names; undefined before the first report. */
  readonly narrowest: () => WindowState | undefined;
};

export const accountWindows = (clock: Pick<Clock, 'monotonic'>): AccountWindows => {
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
