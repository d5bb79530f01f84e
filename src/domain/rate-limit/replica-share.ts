import { windowMs, windowTypes, type QuotaLimits, type QuotaSubject, type WindowType } from './quota.ts';
import {
  advance,
  canTake,
  delay,
  makeWindow,
  restore,
  snapshot,
  take,
  used,
  type CountedCalls,
  type RateLimitWindow,
} from './rate-limit-window.ts';
import type { TenantId } from '../shared/tenant-context.ts';

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

/** What a replica may grant of one subject when the shared store is away. Mutable inside; no clocks, no I/O. */
export type ReplicaShare = {
  readonly tenantId: TenantId;
  readonly subjectId: string;
  serviceName: string;
  limits: QuotaLimits;
  /** As in `QuotaSubject`. */
  arrivalMs: number;
  readonly windows: Map<WindowType, ShareWindow>;
  /** The windows that have a limit now. */
  limited: readonly ShareWindow[];
  /** Of the store's state, when last heard. Undefined: never heard of this subject. */
  generation: string | undefined;
  /** The store cannot have heard of this replica later than this. */
  heardUntil: number;
};

/** The store takes a replica for silent after 3 s, and from then on holds back all it may be using; times differ a little. */
export const SILENT_AFTER_MS = 3_200;
/** Grants without the store are told to it as this much later: its clock may be ahead of our idea of it. */
const CLOCK_LAG_MS = 60;

export const openShare = (subject: QuotaSubject): ReplicaShare => ({
  tenantId: subject.tenantId,
  subjectId: subject.subjectId,
  serviceName: subject.serviceName,
  limits: {},
  arrivalMs: 0,
  windows: new Map(),
  limited: [],
  generation: undefined,
  heardUntil: Number.NEGATIVE_INFINITY,
});

const addWindow = (share: ReplicaShare, type: WindowType, limit: number): ShareWindow => {
  const made: ShareWindow = {
    type,
    limit,
    own: makeWindow(type, limit),
    pushing: makeWindow(type, limit),
    pending: makeWindow(type, limit),
    reserved: 0,
    local: undefined,
    localFor: Number.NaN,
  };
  share.windows.set(type, made);
  return made;
};

export const applyShareLimits = (
  share: ReplicaShare,
  { limits, serviceName, arrivalMs = 0 }: QuotaSubject,
): void => {
  if (share.limits === limits) return;
  share.limits = limits;
  share.arrivalMs = arrivalMs;
  share.serviceName = serviceName;
  share.limited = windowTypes.flatMap((type) => {
    const limit = limits[type];
    if (limit === undefined) return [];
    const window = share.windows.get(type) ?? addWindow(share, type, limit);
    window.limit = limit;
    for (const log of [window.own, window.pushing, window.pending]) Object.assign(log, { limit, arrivalMs });
    return [window];
  });
};

const unitsOf = (calls: CountedCalls): number => calls.reduce((sum, [, units]) => sum + units, 0);

/** This replica's calls inside the window, told or not. */
export const ownCalls = ({ own, pushing, pending }: ShareWindow): CountedCalls => [
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
const localWindow = (window: ShareWindow, heardUntil: number, now: number): RateLimitWindow => {
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

/** The windows to go by without the store, as of now. */
export const localWindows = (share: ReplicaShare, now: number): readonly RateLimitWindow[] =>
  share.limited.map((window) => {
    const local = localWindow(window, share.heardUntil, now);
    advance(local, now);
    return local;
  });

export const canTakeLocally = (share: ReplicaShare, cost: number, now: number): boolean =>
  localWindows(share, now).every((window) => canTake(window, cost));

/** Counts without the store; ask `canTakeLocally` first. */
export const takeLocally = (share: ReplicaShare, cost: number, now: number): void => {
  for (const window of localWindows(share, now)) take(window, cost);
  for (const { pending } of share.limited) {
    advance(pending, now + CLOCK_LAG_MS);
    take(pending, cost);
  }
};

/** The store has granted. */
export const takeOwn = (share: ReplicaShare, cost: number, now: number): void => {
  for (const { own } of share.limited) {
    advance(own, now);
    take(own, cost);
  }
};

/** Units that the store has granted, as of `from`, were under way until now. */
export const delayOwn = (share: ReplicaShare, from: number, units: number, now: number): void => {
  for (const { own } of share.limited) {
    advance(own, now);
    delay(own, from, units);
  }
};

/** The same for units that were granted without the store, whether it has been told of them or not. */
export const delayLocal = (share: ReplicaShare, from: number, units: number, now: number): void => {
  for (const { own, pushing, pending, local } of share.limited) {
    const held = [pending, pushing, own];
    for (const log of local === undefined ? held : [...held, local]) advance(log, now);
    held.some((log) => delay(log, from, units));
    if (local !== undefined) delay(local, from, units);
  }
};

const isUntold = ({ pending, pushing }: ShareWindow): boolean => used(pending) > 0 || used(pushing) > 0;

export const hasUntold = (share: ReplicaShare): boolean => share.limited.some(isUntold);

/** What was granted without the store goes on its way to it. One push at a time. */
export const beginPush = (share: ReplicaShare): void => {
  for (const window of share.windows.values()) {
    const emptied = window.pushing;
    window.pushing = window.pending;
    window.pending = emptied;
  }
};

const endPush = (window: ShareWindow, log: RateLimitWindow, now: number): void => {
  if (used(window.pushing) === 0) return;
  restore(log, snapshot(window.pushing), now);
  window.pushing = makeWindow(window.type, window.limit, window.own.arrivalMs);
};

/** It arrived: the store has counted it. */
export const pushArrived = (share: ReplicaShare, now: number): void => {
  for (const window of share.windows.values()) endPush(window, window.own, now);
};

/** Nobody knows: told again next time. If it had arrived, units are wasted, none is granted twice. */
export const pushInDoubt = (share: ReplicaShare, now: number): void => {
  for (const window of share.windows.values()) endPush(window, window.pending, now);
};

/**
 * The store answers: nothing is counted locally any more, and `reserved` units of each limited window are held
 * back for this replica, unless calls were granted meanwhile that it did not know of when it said so.
 */
export const heardOf = (share: ReplicaShare, reserved: readonly number[]): void => {
  for (const [index, window] of share.limited.entries()) {
    if (isUntold(window)) window.localFor = Number.NaN;
    else {
      window.local = undefined;
      window.reserved = reserved[index] ?? 0;
    }
  }
};
