import type { TenantId } from '../shared/tenant-context.ts';
import { windowTypes, type QuotaLimits, type QuotaSubject, type WindowType } from './quota.ts';
import {
  canTake,
  delay,
  makeWindow,
  restore,
  sharesSlots,
  snapshot,
  take,
  used,
  type RateLimitWindow,
} from './rate-limit-window.ts';
import {
  gatherOwn,
  isSetBack,
  keepOwn,
  keepUp,
  localWindow,
  makeShareWindow,
  toldNow,
  type ShareWindow,
} from './share-window.ts';

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

/**
 * Grants made without the store are reported as this much later, since its clock may be ahead of what we think it is.
 */
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
    const window = share.windows.get(type) ?? makeShareWindow(type, limit);
    share.windows.set(type, window);
    window.limit = limit;
    const { own, lately, told, pushing, pending } = window;
    const apart = told.map(({ log }) => log);
    for (const log of [own, lately, ...apart, pushing, pending]) Object.assign(log, { limit, arrivalMs });
    return [window];
  });
};

/** The store is being asked, and ignores the question after `deadline`; zero where its clock is not known. */
export const mayHear = (share: ReplicaShare, deadline: number): void => {
  const isBefore = deadline > 0 && isSetBack(share.heardUntil, deadline);
  if (isBefore || deadline > share.heardUntil) share.heardUntil = deadline;
};

/** The windows to go by without the store, as of now. */
export const localWindows = (share: ReplicaShare, now: number): readonly RateLimitWindow[] =>
  share.limited.map((window) => {
    const local = localWindow(window, share.heardUntil, now);
    keepUp(local, now);
    return local;
  });

export const canTakeLocally = (share: ReplicaShare, cost: number, now: number): boolean =>
  localWindows(share, now).every((window) => canTake(window, cost));

/** Counts without the store; ask `canTakeLocally` first. */
export const takeLocally = (share: ReplicaShare, cost: number, now: number): void => {
  for (const window of localWindows(share, now)) take(window, cost);
  for (const { pending } of share.limited) {
    keepUp(pending, now + CLOCK_LAG_MS);
    take(pending, cost);
  }
};

/** The store has granted. */
export const takeOwn = (share: ReplicaShare, cost: number, now: number): void => {
  for (const window of share.limited) {
    keepOwn(window, now);
    take(sharesSlots(window.own) ? window.lately : window.own, cost);
  }
};

/** Units that the store has granted, as of `from`, were under way until now. */
export const delayOwn = (share: ReplicaShare, from: number, units: number, now: number): void => {
  for (const window of share.limited) {
    gatherOwn(window, now);
    delay(window.own, from, units);
  }
};

/** The same for units that were granted without the store, whether it has been told of them or not. */
export const delayLocal = (share: ReplicaShare, from: number, units: number, now: number): void => {
  for (const window of share.limited) {
    const { own, pushing, pending, local } = window;
    gatherOwn(window, now);
    const held = [pending, pushing, ...window.told.map(({ log }) => log).toReversed(), own];
    for (const log of local === undefined ? held : [...held, local]) keepUp(log, now);
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
  keepUp(log, now);
  restore(log, snapshot(window.pushing), now);
  window.pushing = makeWindow(window.type, window.limit, window.own.arrivalMs);
};

/** It arrived: the store has counted it. */
export const pushArrived = (share: ReplicaShare, now: number): void => {
  for (const window of share.windows.values()) {
    if (used(window.pushing) > 0) endPush(window, toldNow(window, now).log, now);
  }
};

/**
 * Nobody knows whether it arrived, so it is told again next time. If it had arrived, units are wasted, but none is
 * granted twice.
 */
export const pushInDoubt = (share: ReplicaShare, now: number): void => {
  for (const window of share.windows.values()) endPush(window, window.pending, now);
};

/**
 * The store answers: nothing is counted locally any more, and `reserved` units of each limited window are held
 * back for this replica, unless calls were granted meanwhile that it did not know of when it said so. `counted`: units
 * of all replicas in each; more than the limit where that was lowered.
 */
export const heardOf = (
  share: ReplicaShare,
  reserved: readonly (number | undefined)[],
  counted: readonly (number | undefined)[] = [],
): void => {
  for (const [index, window] of share.limited.entries()) {
    if (isUntold(window)) window.localFor = Number.NaN;
    else {
      window.local = undefined;
      window.isTold ||= reserved[index] !== undefined;
      window.reserved = reserved[index] ?? 0;
      window.ofAll = Math.max(window.limit, counted[index] ?? 0);
    }
  }
};
