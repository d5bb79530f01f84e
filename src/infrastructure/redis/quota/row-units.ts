import type { StoredWindow } from '../../../domain/rate-limit/quota-state-store.ts';
import { windowMs } from '../../../domain/rate-limit/quota.ts';

/** Units of the row whose calls are still inside the window. */
export const unitsInside = ({ entries, window }: StoredWindow, now: number): number =>
  entries.reduce((sum, [time, units]) => (time > now - windowMs[window] ? sum + units : sum), 0);

/**
 * How long the newest row may stay the newest: rows are written every five seconds, noticed with a heartbeat every half
 * second, and tried again two seconds after a failure.
 */
const NEWEST_FOR_MS = 10_000;

/**
 * Leased permits that may have been used after the row was written; that was before its oldest call left the window.
 */
export const leasedStill = ({ leased, window, windowEnd }: StoredWindow, now: number): number =>
  windowEnd + NEWEST_FOR_MS + windowMs[window] > now ? leased : 0;

/** Whether any call of the row may still be inside its window. */
export const mayStillCount = ({ entries, leased, window, windowEnd }: StoredWindow, now: number): boolean =>
  (entries.length > 0 || leased > 0) && windowEnd + windowMs[window] > now;

/** The standing of a window that only the row knows of: units used, and when the first of them returns. */
export const standingOf = (row: StoredWindow, now: number): readonly [used: number, resetsAt: number] => {
  const length = windowMs[row.window];
  const oldest = row.entries.find(([time]) => time > now - length);
  return [unitsInside(row, now) + leasedStill(row, now), oldest === undefined ? now : oldest[0] + length];
};
