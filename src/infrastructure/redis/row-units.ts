import type { StoredWindow } from '../../domain/rate-limit/quota-state-store.ts';
import { windowMs } from '../../domain/rate-limit/quota.ts';

/** Of the calls that the row tells, those that have not left their window by now. */
export const unitsInside = ({ entries, window }: StoredWindow, now: number): number =>
  entries.reduce((sum, [time, units]) => (time > now - windowMs[window] ? sum + units : sum), 0);

/** Permits that may have been used since it was written: not longer ago than what it tells last. */
export const leasedStill = ({ leased, window, windowEnd }: StoredWindow, now: number): number =>
  windowEnd + windowMs[window] > now ? leased : 0;
