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
 * One trailing window, as an exact sliding log: at most `limit` units in every interval (t - length, t].
 * This is the definition that all rate limiters share. Mutable inside for speed, but free of clocks and I/O:
 * the same calls give the same answers. Times are epoch milliseconds.
 */
export type RateLimitWindow = {
  readonly type: WindowType;
  limit: number;
  /** Calls are counted as of so many milliseconds after their grant: see `QuotaSubject`. */
  arrivalMs: number;
  /** Largest time seen. A clock that steps back is held here. */
  now: number;
  readonly log: CallLog;
};

/** [epoch ms, units], oldest first. */
export type CountedCalls = readonly (readonly [number, number])[];

/**
 * Up to this limit every millisecond is kept. Above it, calls share slots of 1/4096 of the window, and a
 * slot counts until its last call has left: never too much, at most 1/4096 of the window too little, and
 * a month of millions of calls fits into 128 KiB.
 */
const exactUpTo = 4_096;

export const makeWindow = (type: WindowType, limit: number, arrivalMs = 0): RateLimitWindow => ({
  type,
  limit,
  arrivalMs,
  now: Number.NEGATIVE_INFINITY,
  log: makeCallLog(),
});

/** Forgets what has left the window. To be called before every question below. */
export const advance = (window: RateLimitWindow, now: number): void => {
  if (now <= window.now) return;
  window.now = now;
  dropUntil(window.log, now - windowMs[window.type]);
};

export const used = (window: RateLimitWindow): number => window.log.total;

/** Never negative: a limit may have been lowered below what is used. */
export const remaining = (window: RateLimitWindow): number => Math.max(0, window.limit - window.log.total);

/** A limit of zero refuses everything, a cost of zero included. */
export const canTake = (window: RateLimitWindow, cost: number): boolean =>
  window.limit > 0 && window.log.total + cost <= window.limit;

const record = (window: RateLimitWindow, asked: number, units: number, slotMs: number): void => {
  const { log } = window;
  const newest = log.length === 0 ? undefined : timeAt(log, log.length - 1);
  // Ascending, whatever `arrivalMs` was before.
  const time = newest === undefined ? asked : Math.max(newest, asked);
  const shared =
    newest !== undefined &&
    (newest === time || (slotMs > 0 && Math.floor(newest / slotMs) === Math.floor(time / slotMs)));
  if (shared) mergeIntoNewest(log, time, units);
  else append(log, time, units);
};

const slotMsOf = (window: RateLimitWindow): number =>
  window.limit > exactUpTo ? windowMs[window.type] / exactUpTo : 0;

/** Whether calls of this window share slots: an entry then tells of its newest call alone when it was. */
export const sharesSlots = (window: RateLimitWindow): boolean => slotMsOf(window) > 0;

/** Counts the cost, allowed or not: ask `canTake` first. */
export const take = (window: RateLimitWindow, cost: number): void => {
  if (cost > 0) record(window, window.now + window.arrivalMs, cost, slotMsOf(window));
};

/**
 * Units that were counted as of `from` are counted as of now instead: they were under way for longer than expected.
 * False when they have left, or never were here.
 */
export const delay = (window: RateLimitWindow, from: number, units: number): boolean => {
  const { log } = window;
  let index = log.length;
  // The first entry that is not older holds them, also where calls share slots.
  while (index > 0 && timeAt(log, index - 1) >= from) index -= 1;
  if (index === log.length || unitsAt(log, index) < units) return false;
  takeOut(log, index, units);
  record(window, window.now, units, slotMsOf(window));
  return true;
};

/** Exact milliseconds until the cost fits if nothing else is taken. Infinity when it never will. */
export const retryAfter = (window: RateLimitWindow, cost: number): number => {
  if (window.limit <= 0 || cost > window.limit) return Number.POSITIVE_INFINITY;
  let excess = window.log.total + cost - window.limit;
  if (excess <= 0) return 0;
  let index = 0;
  for (; excess > 0; index += 1) excess -= unitsAt(window.log, index);
  return timeAt(window.log, index - 1) + windowMs[window.type] - window.now;
};

/** When the oldest counted call leaves; now when nothing is counted. */
export const resetsAt = (window: RateLimitWindow): number =>
  window.log.length === 0 ? window.now : timeAt(window.log, 0) + windowMs[window.type];

/** How many units could be taken until `time`, the ones leaving by then included, if nothing is taken before. */
export const capacityBy = (window: RateLimitWindow, time: number): number => {
  const last = time - windowMs[window.type];
  let free = window.limit - window.log.total;
  for (let index = 0; index < window.log.length && timeAt(window.log, index) <= last; index += 1)
    free += unitsAt(window.log, index);
  return Math.max(0, free);
};

/**
 * What is counted, for storing. With `atMost`, neighbours share about that many slots, each as of its last
 * call: a restored window then refuses a little longer, never too short.
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
 * Adds calls counted earlier, for instance before a restart, to what is counted already. A time later than a
 * call of now would get (the clock was set back in between) counts as that: it cannot have been later.
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
 * Counts in `to`, as of their own time, the calls of `from` until `time`, and no longer in `from`. `to` must have been
 * moved to the time of now. Some may be older than what `to` was told of meanwhile.
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

/** The clock itself was set back: nothing that is counted can have been later than now. */
export const setBack = (window: RateLimitWindow, now: number): void => {
  const calls = snapshot(window);
  Object.assign(window.log, makeCallLog());
  window.now = Number.NEGATIVE_INFINITY;
  restore(window, calls, now);
};
