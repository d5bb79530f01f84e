import {
  append,
  dropUntil,
  makeCallLog,
  mergeIntoNewest,
  takeOut,
  timeAt,
  unitsAt,
  type CallLog,
} from './call-log.ts';
import { windowMs, type WindowType } from './quota.ts';

/**
 * One sliding window as an exact log ("sliding window log"): at most `limit` units in every interval (t - length, t].
 * This is the reference definition for all rate limiters, the Lua script in Redis included. It is mutable for speed but
 * reads no clock and does no I/O, so the same calls always give the same results. Times are epoch milliseconds.
 */
export type RateLimitWindow = {
  readonly type: WindowType;
  limit: number;
  /** Added to the time of each grant, in milliseconds: see `QuotaSubject`. */
  arrivalMs: number;
  /** The largest time seen so far. If the clock steps back, the window stays at this time. */
  now: number;
  readonly log: CallLog;
};

/** [epoch ms, units] pairs, oldest first. */
export type CountedCalls = readonly (readonly [number, number])[];

/**
 * Up to this limit every call keeps its exact millisecond. Above it, calls that fall into the same slot (1/4096 of the
 * window) share one entry, dated by its newest call. The limit is never exceeded; units come free at most 1/4096 of the
 * window late; and a month of millions of calls fits into 128 KiB.
 */
export const EXACT_UP_TO = 4_096;

export const makeWindow = (type: WindowType, limit: number, arrivalMs = 0): RateLimitWindow => ({
  type,
  limit,
  arrivalMs,
  now: Number.NEGATIVE_INFINITY,
  log: makeCallLog(),
});

/** Moves the window to `now` and drops the entries that have left it. Call this before any of the queries below. */
export const advance = (window: RateLimitWindow, now: number): void => {
  if (now <= window.now) return;
  window.now = now;
  dropUntil(window.log, now - windowMs[window.type]);
};

export const used = (window: RateLimitWindow): number => window.log.total;

/** Never negative, although the limit may have been lowered below what is already used. */
export const remaining = (window: RateLimitWindow): number => Math.max(0, window.limit - window.log.total);

/** A limit of zero refuses everything, even a cost of zero. */
export const canTake = (window: RateLimitWindow, cost: number): boolean =>
  window.limit > 0 && window.log.total + cost <= window.limit;

const record = (window: RateLimitWindow, asked: number, units: number, slotMs: number): void => {
  const { log } = window;
  const newest = log.length === 0 ? undefined : timeAt(log, log.length - 1);
  // Entries stay in ascending order even if `arrivalMs` was larger before.
  const time = newest === undefined ? asked : Math.max(newest, asked);
  const shared =
    newest !== undefined &&
    (newest === time || (slotMs > 0 && Math.floor(newest / slotMs) === Math.floor(time / slotMs)));
  if (shared) mergeIntoNewest(log, time, units);
  else append(log, time, units);
};

const slotMsOf = (window: RateLimitWindow): number =>
  window.limit > EXACT_UP_TO ? windowMs[window.type] / EXACT_UP_TO : 0;

/**
 * Whether calls of this window share entries (see `EXACT_UP_TO`). The time of such an entry is that of its newest call
 * only.
 */
export const sharesSlots = (window: RateLimitWindow): boolean => slotMsOf(window) > 0;

/** Counts the cost without checking the limit: ask `canTake` first. */
export const take = (window: RateLimitWindow, cost: number): void => {
  if (cost > 0) record(window, window.now + window.arrivalMs, cost, slotMsOf(window));
};

/**
 * Moves `units` that were counted at `from` to the present time, because the call was under way for longer than
 * `arrivalMs`. Returns false when those units have left the window already, or were never counted here.
 */
export const delay = (window: RateLimitWindow, from: number, units: number): boolean => {
  const { log } = window;
  let index = log.length;
  // Where calls share slots, the units are in the first entry that is not older than `from`.
  while (index > 0 && timeAt(log, index - 1) >= from) index -= 1;
  if (index === log.length || unitsAt(log, index) < units) return false;
  takeOut(log, index, units);
  record(window, window.now, units, slotMsOf(window));
  return true;
};

/** Exact milliseconds until `cost` fits, if nothing else is taken meanwhile. Infinity when it can never fit. */
export const retryAfter = (window: RateLimitWindow, cost: number): number => {
  if (window.limit <= 0 || cost > window.limit) return Number.POSITIVE_INFINITY;
  let excess = window.log.total + cost - window.limit;
  if (excess <= 0) return 0;
  let index = 0;
  for (; excess > 0; index += 1) excess -= unitsAt(window.log, index);
  return timeAt(window.log, index - 1) + windowMs[window.type] - window.now;
};

/** Epoch milliseconds at which the oldest entry leaves the window; now when nothing is counted. */
export const resetsAt = (window: RateLimitWindow): number =>
  window.log.length === 0 ? window.now : timeAt(window.log, 0) + windowMs[window.type];

/** Units that could be taken until `time`, including those that leave the window by then, if nothing else is taken. */
export const capacityBy = (window: RateLimitWindow, time: number): number => {
  const last = time - windowMs[window.type];
  let free = window.limit - window.log.total;
  for (let index = 0; index < window.log.length && timeAt(window.log, index) <= last; index += 1)
    free += unitsAt(window.log, index);
  return Math.max(0, free);
};

/**
 * The entries, for storing. With `atMost`, neighbouring entries are merged into about that many slots, each dated by
 * its newest call: a window restored from it may refuse slightly too long, but never allows too much.
 */
export const snapshot = (window: RateLimitWindow, atMost = Number.POSITIVE_INFINITY): CountedCalls => {
  const slotMs = window.log.length > atMost ? windowMs[window.type] / atMost : 0;
  const copy = makeWindow(window.type, window.limit, window.arrivalMs);
  for (let index = 0; index < window.log.length; index += 1)
    record(copy, timeAt(window.log, index), unitsAt(window.log, index), slotMs);
  return Array.from({ length: copy.log.length }, (_, index) => [
    timeAt(copy.log, index),
    unitsAt(copy.log, index),
  ]);
};

/**
 * Merges calls that were counted earlier, for instance before a restart, into the log. A time in the future (the clock
 * was set back in between) is replaced by the latest time that a call granted now could have.
 */
export const restore = (window: RateLimitWindow, calls: CountedCalls, now: number): void => {
  advance(window, now);
  const latest = window.now + window.arrivalMs;
  const past = calls.map(([time, units]) => [Math.min(time, latest), units] as const);
  const merged = [...past, ...snapshot(window)].toSorted(([a], [b]) => a - b);
  Object.assign(window.log, makeCallLog());
  for (const [time, units] of merged)
    if (time > window.now - windowMs[window.type] && units > 0) record(window, time, units, slotMsOf(window));
};

/**
 * Moves the calls of `from` up to `time` into `to`, keeping their times. `to` must already be advanced to now. Calls
 * may be older than the newest one in `to`; these are merged in order.
 */
export const moveUntil = (from: RateLimitWindow, to: RateLimitWindow, time: number): void => {
  const { log } = from;
  const overtaken: (readonly [number, number])[] = [];
  while (log.length > 0 && timeAt(log, 0) <= time) {
    const [at, units] = [timeAt(log, 0), unitsAt(log, 0)];
    dropUntil(log, at);
    if (units === 0 || at <= to.now - windowMs[to.type]) continue;
    if (at < newestOf(to)) overtaken.push([at, units]);
    else record(to, at, units, slotMsOf(to));
  }
  if (overtaken.length > 0) restore(to, overtaken, to.now);
};

const newestOf = ({ log }: RateLimitWindow): number =>
  log.length === 0 ? Number.NEGATIVE_INFINITY : timeAt(log, log.length - 1);

/**
 * For a clock that was set back on purpose: the window follows it, and every call dated in the future is moved to now.
 */
export const setBack = (window: RateLimitWindow, now: number): void => {
  const calls = snapshot(window);
  Object.assign(window.log, makeCallLog());
  window.now = Number.NEGATIVE_INFINITY;
  restore(window, calls, now);
};
