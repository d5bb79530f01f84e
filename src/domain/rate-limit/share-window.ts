import { windowMs, type WindowType } from './quota.ts';
import {
  advance,
  makeWindow,
  restore,
  snapshot,
  used,
  type CountedCalls,
  type RateLimitWindow,
} from './rate-limit-window.ts';

/** One window of a subject as one replica knows it. All times are the shared store's. */
export type ShareWindow = {
  readonly type: WindowType;
  limit: number;
  /** This replica's calls that the store has counted. */
  own: RateLimitWindow;
  /** Calls granted without the store, on their way to it, and not yet so. */
  pushing: RateLimitWindow;
  pending: RateLimitWindow;
  /** Units the store holds back for this replica, as last heard. */
  reserved: number;
  /** Counts while the store is away; undefined while it answers. */
  local: RateLimitWindow | undefined;
  /** For which `heardUntil` `local` was made. */
  localFor: number;
};

/** The store takes a replica for silent after 3 s, and from then on holds back all it may be using; times differ a little. */
export const SILENT_AFTER_MS = 3_200;

/** Nothing of it is known yet. */
export const makeShareWindow = (type: WindowType, limit: number): ShareWindow => ({
  type,
  limit,
  own: makeWindow(type, limit),
  pushing: makeWindow(type, limit),
  pending: makeWindow(type, limit),
  reserved: 0,
  local: undefined,
  localFor: Number.NaN,
});

const unitsOf = (calls: CountedCalls): number => calls.reduce((sum, [, units]) => sum + units, 0);

/** This replica's calls inside the window, told or not. */
const ownCalls = ({ own, pushing, pending }: ShareWindow): CountedCalls => [
  ...snapshot(own),
  ...snapshot(pushing),
  ...snapshot(pending),
];

export const ownUnits = (window: ShareWindow, now: number): number => {
  for (const log of [window.own, window.pushing, window.pending]) advance(log, now);
  return used(window.own) + used(window.pushing) + used(window.pending);
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
  if (local !== undefined && localFor === heardUntil && local.limit <= limit) return local;
  const first = heardUntil + SILENT_AFTER_MS - windowMs[type];
  const kept = ownCalls(window).filter(([time]) => time > first);
  const before = local?.limit ?? Number.POSITIVE_INFINITY;
  const bound = Math.min(limit, before, unitsOf(kept) + unspent(window));
  const made = makeWindow(type, bound, own.arrivalMs);
  restore(made, kept, now);
  window.local = made;
  window.localFor = heardUntil;
  return made;
};
