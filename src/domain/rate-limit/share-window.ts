import { windowMs, type WindowType } from './quota.ts';
import {
  advance,
  makeWindow,
  moveUntil,
  restore,
  setBack,
  snapshot,
  used,
  type CountedCalls,
  type RateLimitWindow,
} from './rate-limit-window.ts';

/**
 * Calls granted without the store and reported to it between `since` and `at`. A row of `api_rate_limits` that reflects
 * an earlier state of the store may lack them.
 */
export type ReportedCalls = { readonly since: number; at: number; readonly log: RateLimitWindow };

/** One window of a subject as seen by one replica. All times are on the clock of the shared store (Redis). */
export type ShareWindow = {
  readonly type: WindowType;
  limit: number;
  /** This replica's calls that the store has counted. */
  own: RateLimitWindow;
  /**
   * The newest of those calls, in finer slots, where calls of `own` share slots: a slot of `own` does not tell which of
   * its calls a row of `api_rate_limits` includes already.
   */
  recent: RateLimitWindow;
  /** Batches of reported calls, oldest first. Each is kept for a little over a minute after its `at`. */
  reported: ReportedCalls[];
  /** Calls granted without the store whose report is in progress. */
  pushing: RateLimitWindow;
  /** Calls granted without the store that go out with the next report. */
  pending: RateLimitWindow;
  /** True once the store or its table has reported this window. False for a window that had no limit before. */
  isKnown: boolean;
  /** Units that the store holds back for this replica, as of its last answer. */
  reserved: number;
  /**
   * Upper bound for the calls and shares of all replicas together, as of the store's last answer: the limit at that
   * time, or the count where that was larger.
   */
  ofAll: number;
  /** The window to count in while the store is unavailable; undefined while it answers. */
  local: RateLimitWindow | undefined;
  /** The `seenUntil` and the limit for which `local` was computed; NaN: it must be computed anew. */
  localForSeenUntil: number;
  localForLimit: number;
};

/**
 * The store considers a replica silent after 3 s, and then holds back everything that it may still be using. The extra
 * 0.2 s allow for differences between clocks.
 */
export const SILENT_AFTER_MS = 3_200;

/** A step back of less than this is waited out, as the store does: the estimate of its clock is no better than that. */
export const CLOCK_STEP_MS = 1_000;

/** Whether the store's clock was set back after it had shown `before`. */
export const isSetBack = (before: number, now: number): boolean => now < before - CLOCK_STEP_MS;

/**
 * Advances a log to the store's time. If the store's clock was set back, the log follows it; otherwise calls would stay
 * counted until the clock had caught up.
 */
export const keepUp = (log: RateLimitWindow, now: number): void => {
  if (isSetBack(log.now, now)) setBack(log, now);
  else advance(log, now);
};

/** A window about which nothing is known yet. */
export const makeShareWindow = (type: WindowType, limit: number): ShareWindow => ({
  type,
  limit,
  own: makeWindow(type, limit),
  // The slots of a minute window are 15 ms long.
  recent: makeWindow('minute', limit),
  reported: [],
  pushing: makeWindow(type, limit),
  pending: makeWindow(type, limit),
  isKnown: false,
  reserved: 0,
  ofAll: limit,
  local: undefined,
  localForSeenUntil: Number.NaN,
  localForLimit: limit,
});

const unitsOf = (calls: CountedCalls): number => calls.reduce((sum, [, units]) => sum + units, 0);

/** While the table can be written, its newest row is never older than this: earlier calls are in a row. */
const RECENT_MS = 15_000;
/** Minimum time between two rows. Calls reported within it share one batch, so a window has at most sixteen batches. */
export const ROW_EVERY_MS = 5_000;
/** After a loss of data the store waits up to a minute for the replicas' reports, and no row is written meanwhile. */
const BATCH_KEPT_MS = 60_000 + RECENT_MS;

/** Advances the logs of counted calls to now, and moves the calls of `recent` up to `upTo` into `own`. */
export const keepOwn = (window: ShareWindow, now: number, upTo = now - RECENT_MS): void => {
  const { own, recent, reported } = window;
  keepUp(own, now);
  moveUntil(recent, own, upTo);
  keepUp(recent, now);
  if (reported.length === 0) return;
  for (const batch of reported) {
    keepUp(batch.log, now);
    if (isSetBack(batch.at, now)) batch.at = now;
    if (batch.at <= now - BATCH_KEPT_MS) moveUntil(batch.log, own, Infinity);
  }
  window.reported = reported.filter(({ log }) => used(log) > 0);
};

/**
 * The batch for calls reported now. Separate batches let a row be trusted for the older calls although it lacks the
 * newer ones.
 */
export const currentBatch = (window: ShareWindow, now: number): ReportedCalls => {
  const last = window.reported.at(-1);
  if (last !== undefined && Math.abs(now - last.since) < ROW_EVERY_MS) {
    last.at = Math.max(last.at, now);
    return last;
  }
  const log = makeWindow(window.type, window.limit, window.own.arrivalMs);
  const batch = { since: now, at: now, log };
  window.reported.push(batch);
  return batch;
};

/** Moves all counted calls into one log, where `delay` can find the entry of a late call. */
export const gatherOwn = (window: ShareWindow, now: number): void => keepOwn(window, now, Infinity);

/** This replica's calls inside the window that the store has counted, without the batches in `reported`. */
export const countedCalls = ({ own, recent }: ShareWindow): CountedCalls => [
  ...snapshot(own),
  ...snapshot(recent),
];

/** All calls of this replica inside the window, reported to the store or not. */
const ownCalls = (window: ShareWindow): CountedCalls => [
  ...countedCalls(window),
  ...window.reported.flatMap(({ log }) => snapshot(log)),
  ...snapshot(window.pushing),
  ...snapshot(window.pending),
];

export const ownUnits = (window: ShareWindow, now: number): number => {
  keepOwn(window, now);
  const { own, recent, reported, pushing, pending } = window;
  for (const log of [pushing, pending]) keepUp(log, now);
  const apart = reported.map(({ log }) => log);
  return [own, recent, ...apart, pushing, pending].reduce((sum, log) => sum + used(log), 0);
};

/** Units held back for this replica that it has not used yet. */
export const unspent = ({ local, reserved }: ShareWindow): number =>
  local === undefined ? reserved : Math.max(0, Math.min(reserved, local.limit - used(local)));

/**
 * The window that bounds this replica while the store is unavailable: its own calls that the store still counts when it
 * starts to consider us silent, plus the units held back for us. Never larger than the bound before, since it is
 * unknown whether a command sent in between arrived.
 */
export const localWindow = (window: ShareWindow, seenUntil: number, now: number): RateLimitWindow => {
  const { type, limit, local, localForSeenUntil, own } = window;
  if (local !== undefined) lower(window, local);
  if (local !== undefined && localForSeenUntil === seenUntil) return local;
  const first = seenUntil + SILENT_AFTER_MS - windowMs[type];
  const kept = ownCalls(window).filter(([time]) => time > first);
  const before = local?.limit ?? Number.POSITIVE_INFINITY;
  const part = partOf(unitsOf(kept) + unspent(window), limit, window.ofAll);
  const made = makeWindow(type, Math.min(limit, before, part), own.arrivalMs);
  restore(made, kept, now);
  window.local = made;
  window.localForSeenUntil = seenUntil;
  window.localForLimit = limit;
  return made;
};

/**
 * If the limit was lowered meanwhile, the bound shrinks in the same proportion. Otherwise the bounds of all replicas
 * would still add up to the old limit.
 */
const lower = (window: ShareWindow, local: RateLimitWindow): void => {
  local.limit = partOf(local.limit, window.limit, window.localForLimit);
  window.localForLimit = Math.min(window.limit, window.localForLimit);
};

const partOf = (units: number, limit: number, ofAll: number): number =>
  limit >= ofAll ? units : Math.floor((units * limit) / ofAll);
