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
  currentBatch,
  gatherOwn,
  isSetBack,
  keepOwn,
  keepUp,
  localWindow,
  makeShareWindow,
  type ShareWindow,
} from './share-window.ts';

/**
 * What one replica may grant of one subject while the shared store (Redis) is unavailable (ADR 17). Mutable, but reads
 * no clock and does no I/O.
 */
export type ReplicaShare = {
  readonly tenantId: TenantId;
  readonly subjectId: string;
  serviceName: string;
  limits: QuotaLimits;
  /** Milliseconds, as in `QuotaSubject`. */
  arrivalMs: number;
  readonly windows: Map<WindowType, ShareWindow>;
  /** The windows that have a limit at present, a subset of `windows`. */
  limited: readonly ShareWindow[];
  /**
   * Generation of the store's state when this replica last got an answer; it changes when the store loses its data.
   * Undefined: no answer about this subject yet.
   */
  generation: string | undefined;
  /** Latest time, on the store's clock, at which the store can have seen a request of this replica. */
  seenUntil: number;
};

/**
 * Calls granted without the store are reported with a time that is so much later, because our estimate of the store's
 * clock may lag behind it.
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
  seenUntil: Number.NEGATIVE_INFINITY,
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
    const { own, recent, reported, pushing, pending } = window;
    const apart = reported.map(({ log }) => log);
    for (const log of [own, recent, ...apart, pushing, pending]) Object.assign(log, { limit, arrivalMs });
    return [window];
  });
};

/**
 * Call this when a request is sent to the store, which ignores it after `deadline` (on the store's clock); zero where
 * that clock is unknown.
 */
export const requestSent = (share: ReplicaShare, deadline: number): void => {
  const isBefore = deadline > 0 && isSetBack(share.seenUntil, deadline);
  if (isBefore || deadline > share.seenUntil) share.seenUntil = deadline;
};

/** The windows that apply while the store is unavailable, advanced to now. */
export const localWindows = (share: ReplicaShare, now: number): readonly RateLimitWindow[] =>
  share.limited.map((window) => {
    const local = localWindow(window, share.seenUntil, now);
    keepUp(local, now);
    return local;
  });

export const canTakeLocally = (share: ReplicaShare, cost: number, now: number): boolean =>
  localWindows(share, now).every((window) => canTake(window, cost));

/** Counts a grant made without the store. Ask `canTakeLocally` first. */
export const takeLocally = (share: ReplicaShare, cost: number, now: number): void => {
  for (const window of localWindows(share, now)) take(window, cost);
  for (const { pending } of share.limited) {
    keepUp(pending, now + CLOCK_LAG_MS);
    take(pending, cost);
  }
};

/** Records a grant made by the store. */
export const takeOwn = (share: ReplicaShare, cost: number, now: number): void => {
  for (const window of share.limited) {
    keepOwn(window, now);
    take(sharesSlots(window.own) ? window.recent : window.own, cost);
  }
};

/** Like `delay` in `rate-limit-window.ts`, for units granted by the store at `from`: they were under way until now. */
export const delayOwn = (share: ReplicaShare, from: number, units: number, now: number): void => {
  for (const window of share.limited) {
    gatherOwn(window, now);
    delay(window.own, from, units);
  }
};

/** The same for units granted without the store, whether they have been reported to it or not. */
export const delayLocal = (share: ReplicaShare, from: number, units: number, now: number): void => {
  for (const window of share.limited) {
    const { own, pushing, pending, local } = window;
    gatherOwn(window, now);
    const held = [pending, pushing, ...window.reported.map(({ log }) => log).toReversed(), own];
    for (const log of local === undefined ? held : [...held, local]) keepUp(log, now);
    held.some((log) => delay(log, from, units));
    if (local !== undefined) delay(local, from, units);
  }
};

const isUnreported = ({ pending, pushing }: ShareWindow): boolean => used(pending) > 0 || used(pushing) > 0;

export const hasUnreported = (share: ReplicaShare): boolean => share.limited.some(isUnreported);

/** Starts reporting to the store what was granted without it. Only one such push may be in progress at a time. */
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

/** The push succeeded: the store has counted these calls. */
export const pushArrived = (share: ReplicaShare, now: number): void => {
  for (const window of share.windows.values()) {
    if (used(window.pushing) > 0) endPush(window, currentBatch(window, now).log, now);
  }
};

/**
 * The outcome of the push is unknown, so its calls are reported again with the next one. If it had arrived they are
 * counted twice, which wastes units but never grants one twice.
 */
export const pushInDoubt = (share: ReplicaShare, now: number): void => {
  for (const window of share.windows.values()) endPush(window, window.pending, now);
};

/**
 * The store has answered, so local counting ends. `reserved`: units of each limited window that the store holds back
 * for this replica. `counted`: units of all replicas in each window, more than the limit where that was lowered. Local
 * counting goes on in windows with grants that the store did not know of when it answered.
 */
export const storeAnswered = (
  share: ReplicaShare,
  reserved: readonly (number | undefined)[],
  counted: readonly (number | undefined)[] = [],
): void => {
  for (const [index, window] of share.limited.entries()) {
    if (isUnreported(window)) window.localForSeenUntil = Number.NaN;
    else {
      window.local = undefined;
      window.isKnown ||= reserved[index] !== undefined;
      window.reserved = reserved[index] ?? 0;
      window.ofAll = Math.max(window.limit, counted[index] ?? 0);
    }
  }
};
