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

/** Calls granted without the store that it was told of, from `since` to `at`: a row it knew before `at` may lack them. */
export type ToldCalls = { readonly since: number; at: number; readonly log: RateLimitWindow };

/** One window of a subject as one replica knows it. All times are the shared store's. */
export type ShareWindow = {
  readonly type: WindowType;
  limit: number;
  /** This replica's calls that the store has counted. */
  own: RateLimitWindow;
  /** The newest of them, where calls of `own` share slots: of a slot nobody can tell which of its calls a row knows. */
  lately: RateLimitWindow;
  /** Oldest first, each until a good minute after its `at`. */
  told: ToldCalls[];
  /** Calls granted without the store that are on their way to it. */
  pushing: RateLimitWindow;
  /** Those that are to follow with the next push. */
  pending: RateLimitWindow;
  /** The store, or else its table, has told of this window. Of one that was not limited before, neither has. */
  isTold: boolean;
  /** Units the store holds back for this replica, as last heard. */
  reserved: number;
  /** What the calls and shares of all replicas came to at most, as last heard: the limit of then, if not more. */
  ofAll: number;
  /** Counts while the store is away; undefined while it answers. */
  local: RateLimitWindow | undefined;
  /** For which `heardUntil` `local` was made, and at which limit. */
  localFor: number;
  localAt: number;
};

/**
 * The store takes a replica for silent after 3 s, and from then on holds back all it may be using;
 * times differ a little.
 */
export const SILENT_AFTER_MS = 3_200;

/** Steps back of less are waited for, as the store does: it is not known better what its clock says. */
const CLOCK_STEP_MS = 1_000;

/** Whether the store's clock was set back since it was `before`. */
export const isSetBack = (before: number, now: number): boolean => now < before - CLOCK_STEP_MS;

/**
 * Moves to the store's time, also where its clock was set back: else what is counted would stay until the clock has
 * caught up.
 */
export const keepUp = (log: RateLimitWindow, now: number): void => {
  if (isSetBack(log.now, now)) setBack(log, now);
  else advance(log, now);
};

/** Nothing of it is known yet. */
export const makeShareWindow = (type: WindowType, limit: number): ShareWindow => ({
  type,
  limit,
  own: makeWindow(type, limit),
  // Its slots are of 15 ms.
  lately: makeWindow('minute', limit),
  told: [],
  pushing: makeWindow(type, limit),
  pending: makeWindow(type, limit),
  isTold: false,
  reserved: 0,
  ofAll: limit,
  local: undefined,
  localFor: Number.NaN,
  localAt: limit,
});

const unitsOf = (calls: CountedCalls): number => calls.reduce((sum, [, units]) => sum + units, 0);

/** Longer than a row is the newest one while the table can be written: calls before that are in a row. */
const LATELY_MS = 15_000;
/** No two rows are written within it: calls told of within it share a batch, so that there are sixteen at most. */
const ROW_EVERY_MS = 5_000;
/** No row is written for a minute more where the store waits for others to tell what it has lost. */
const TOLD_LATELY_MS = 60_000 + LATELY_MS;

/** Moves the calls that the store has counted to its time, those of `lately` until `upTo` to the others. */
export const keepOwn = (window: ShareWindow, now: number, upTo = now - LATELY_MS): void => {
  const { own, lately, told } = window;
  keepUp(own, now);
  moveUntil(lately, own, upTo);
  keepUp(lately, now);
  if (told.length === 0) return;
  for (const batch of told) {
    keepUp(batch.log, now);
    if (isSetBack(batch.at, now)) batch.at = now;
    if (batch.at <= now - TOLD_LATELY_MS) moveUntil(batch.log, own, Infinity);
  }
  window.told = told.filter(({ log }) => used(log) > 0);
};

/** The batch for calls that the store was told of now: its own, so that a row that knows older ones is believed. */
export const toldNow = (window: ShareWindow, now: number): ToldCalls => {
  const last = window.told.at(-1);
  if (last !== undefined && Math.abs(now - last.since) < ROW_EVERY_MS) {
    last.at = Math.max(last.at, now);
    return last;
  }
  const log = makeWindow(window.type, window.limit, window.own.arrivalMs);
  const batch = { since: now, at: now, log };
  window.told.push(batch);
  return batch;
};

/** In one log, where the first entry that is not older holds what was under way for longer. */
export const gatherOwn = (window: ShareWindow, now: number): void => keepOwn(window, now, Infinity);

/** This replica's calls inside the window that the store has counted, without those of `told`. */
export const countedCalls = ({ own, lately }: ShareWindow): CountedCalls => [
  ...snapshot(own),
  ...snapshot(lately),
];

/** All of them, told or not. */
const ownCalls = (window: ShareWindow): CountedCalls => [
  ...countedCalls(window),
  ...window.told.flatMap(({ log }) => snapshot(log)),
  ...snapshot(window.pushing),
  ...snapshot(window.pending),
];

export const ownUnits = (window: ShareWindow, now: number): number => {
  keepOwn(window, now);
  const { own, lately, told, pushing, pending } = window;
  for (const log of [pushing, pending]) keepUp(log, now);
  const apart = told.map(({ log }) => log);
  return [own, lately, ...apart, pushing, pending].reduce((sum, log) => sum + used(log), 0);
};

/** What is left of the units held back for this replica. */
export const unspent = ({ local, reserved }: ShareWindow): number =>
  local === undefined ? reserved : Math.max(0, Math.min(reserved, local.limit - used(local)));

/**
 * The bound without the store: the own calls that it will not have let go before it takes us for silent, and
 * what it holds back for us. Never more than the bound before: whether a command in between arrived is unknown.
 */
export const localWindow = (window: ShareWindow, heardUntil: number, now: number): RateLimitWindow => {
  const { type, limit, local, localFor, own } = window;
  if (local !== undefined) lower(window, local);
  if (local !== undefined && localFor === heardUntil) return local;
  const first = heardUntil + SILENT_AFTER_MS - windowMs[type];
  const kept = ownCalls(window).filter(([time]) => time > first);
  const before = local?.limit ?? Number.POSITIVE_INFINITY;
  const part = partOf(unitsOf(kept) + unspent(window), limit, window.ofAll);
  const made = makeWindow(type, Math.min(limit, before, part), own.arrivalMs);
  restore(made, kept, now);
  window.local = made;
  window.localFor = heardUntil;
  window.localAt = limit;
  return made;
};

/**
 * Where the limit was lowered meanwhile, the same part of it: else the bounds of all replicas would still add up to the
 * old limit.
 */
const lower = (window: ShareWindow, local: RateLimitWindow): void => {
  local.limit = partOf(local.limit, window.limit, window.localAt);
  window.localAt = Math.min(window.limit, window.localAt);
};

const partOf = (units: number, limit: number, ofAll: number): number =>
  limit >= ofAll ? units : Math.floor((units * limit) / ofAll);
