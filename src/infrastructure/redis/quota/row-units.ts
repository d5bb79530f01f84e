import type { StoredWindow } from '../../../domain/rate-limit/quota-state-store.ts';
import { windowMs } from '../../../domain/rate-limit/quota.ts';

/** Of the calls that the row tells, those that have not left their window by now. */
export const unitsInside = ({ entries, window }: StoredWindow, now: number): number =>
  entries.reduce((sum, [time, units]) => (time > now - windowMs[window] ? sum + units : sum), 0);

/**
 * How long a row may be the newest one: it is written every five seconds, within a heartbeat of half a second, and once
 * more two seconds after a failure.
 */
const NEWEST_FOR_MS = 10_000;

/** Permits that may have been used since it was written, which was before the oldest of its calls left. */
export const leasedStill = ({ leased, window, windowEnd }: StoredWindow, now: number): number =>
  windowEnd + NEWEST_FOR_MS + windowMs[window] > now ? leased : 0;

/** Whether anything that the row tells may still be inside its window. */
export const mayStillCount = ({ entries, leased, window, windowEnd }: StoredWindow, now: number): boolean =>
  (entries.length > 0 || leased > 0) && windowEnd + windowMs[window] > now;

/** Where a window stands that nobody but the row knows of, as soon as it is counted by: used, and until when. */
export const standingOf = (row: StoredWindow, now: number): readonly [used: number, resetsAt: number] => {
  const length = windowMs[row.window];
  const oldest = row.entries.find(([time]) => time > now - length);
  return [unitsInside(row, now) + leasedStill(row, now), oldest === undefined ? now : oldest[0] + length];
};
