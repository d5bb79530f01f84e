import type { StoredWindow } from '../../domain/rate-limit/quota-state-store.ts';
import { windowMs, type WindowType } from '../../domain/rate-limit/quota.ts';
import {
  advance,
  delay,
  makeWindow,
  resetsAt,
  restore,
  snapshot,
  take,
  used,
  type RateLimitWindow,
} from '../../domain/rate-limit/rate-limit-window.ts';

/** A window, with what its row in `api_rate_limits` needs beyond the count. */
export type TrackedWindow = {
  readonly window: RateLimitWindow;
  /** Units ever counted here; minus the units still inside, this is how many have left. */
  counted: number;
  left: number;
  /** Cost of the calls inside the window, as if all of them had cost the same. */
  costMicros: number;
  /** True if the last row written differs in more than what time and limits change, or its write is in doubt. */
  unsaved: boolean;
  /** As in the last row written. */
  savedUsed: number;
  savedLimit: number;
  savedLeased: number;
};

/** Enough for a row rewritten every second; a clean stop keeps every entry. */
const ENTRIES_OF_A_RUNNING_ROW = 256;

export const trackWindow = (type: WindowType, limit: number): TrackedWindow => ({
  window: makeWindow(type, limit),
  counted: 0,
  left: 0,
  costMicros: 0,
  unsaved: false,
  savedUsed: 0,
  savedLimit: limit,
  savedLeased: 0,
});

export const count = (tracked: TrackedWindow, cost: number): void => {
  take(tracked.window, cost);
  tracked.counted += cost;
  tracked.unsaved = true;
};

export const delayCall = (tracked: TrackedWindow, from: number, units: number): void => {
  delay(tracked.window, from, units);
  tracked.unsaved = true;
};

/** Units that leave take their part of the cost with them: exact while every call costs the same. */
const decayCost = (tracked: TrackedWindow): void => {
  const inside = used(tracked.window);
  const left = tracked.counted - inside;
  tracked.costMicros *= inside === 0 ? 0 : inside / (inside + left - tracked.left);
  tracked.left = left;
};

export const addCostTo = (tracked: TrackedWindow, micros: number): void => {
  decayCost(tracked);
  tracked.costMicros += micros;
  tracked.unsaved = true;
};

/** Merges calls stored earlier. Leased permits that were never settled count as used now, the latest possible time. */
export const restoreRow = (tracked: TrackedWindow, row: StoredWindow, now: number): void => {
  // Calls counted before the row could be read may have left meanwhile; their cost must not be taken from that of the
  // row.
  advance(tracked.window, now);
  decayCost(tracked);
  const before = used(tracked.window);
  restore(tracked.window, [...row.entries, [now, row.leased]], now);
  const restored = used(tracked.window) - before;
  tracked.counted += restored;
  const stored = row.used + row.leased;
  tracked.costMicros += stored === 0 ? 0 : (row.totalCostMicros * restored) / stored;
  tracked.unsaved = true;
};

export const differsFromRow = (tracked: TrackedWindow, leased: number): boolean =>
  tracked.unsaved ||
  used(tracked.window) !== tracked.savedUsed ||
  tracked.window.limit !== tracked.savedLimit ||
  leased !== tracked.savedLeased;

type Owner = Pick<StoredWindow, 'tenantId' | 'subjectId' | 'serviceName'>;

/** The row as of now, which counts as saved until it is marked otherwise. `exact` keeps every entry. */
export const writeRow = (
  owner: Owner,
  tracked: TrackedWindow,
  leased: number,
  exact: boolean,
): StoredWindow => {
  const { window } = tracked;
  decayCost(tracked);
  tracked.unsaved = false;
  tracked.savedUsed = used(window);
  tracked.savedLimit = window.limit;
  tracked.savedLeased = leased;
  const windowEnd = used(window) === 0 ? window.now + windowMs[window.type] : resetsAt(window);
  return {
    tenantId: owner.tenantId,
    subjectId: owner.subjectId,
    serviceName: owner.serviceName,
    window: window.type,
    limit: window.limit,
    used: used(window),
    isRateLimited: used(window) >= window.limit,
    totalCostMicros: Math.round(tracked.costMicros),
    windowStart: windowEnd - windowMs[window.type],
    windowEnd,
    entries: snapshot(window, exact ? undefined : ENTRIES_OF_A_RUNNING_ROW),
    leased,
  };
};
