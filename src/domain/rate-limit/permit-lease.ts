import { capacityBy, type RateLimitWindow } from './rate-limit-window.ts';

/**
 * Permits reserved in the store before they are granted (ADR 5). The stored row says "these calls were counted, and up
 * to `leased` more may have been". Whoever restores the row counts the whole lease as used, so a crash may waste
 * permits but never grants one twice. While a new row is being written, a crash may leave either the old or the new
 * one, so a grant must be covered by both.
 */
export type PermitLease = {
  /**
   * Permits left under the row that is known to be stored. Negative when the store was unavailable and calls were
   * granted without it.
   */
  stored: number;
  /** Permits left under the row that is being written; Infinity when no write is in progress. */
  writing: number;
  /** A new lease is requested when fewer permits than this are left. */
  renewBelow: number;
  /**
   * `second` is the current second (epoch seconds); the other two count the units granted in it and in the second
   * before.
   */
  second: number;
  inSecond: number;
  inSecondBefore: number;
  lastCost: number;
};

const LEASED_SHARE = 0.05;
const SECONDS_AHEAD = 2;
/** Lease of a subject with little or no traffic: so many calls may burst before one has to wait for a write. */
const QUIET_LEASE = 8;
/**
 * No permit is leased that no window could grant within this time: a subject whose day quota is used up leases none.
 */
const HORIZON_MS = 3_000;

export const makeLease = (): PermitLease => ({
  stored: 0,
  writing: Number.POSITIVE_INFINITY,
  renewBelow: 0,
  second: 0,
  inSecond: 0,
  inSecondBefore: 0,
  lastCost: 1,
});

export const covered = (lease: PermitLease): number => Math.min(lease.stored, lease.writing);

export const isWriting = (lease: PermitLease): boolean => lease.writing !== Number.POSITIVE_INFINITY;

/** Permits left once the write in progress, if any, has been stored. */
const coveredSoon = (lease: PermitLease): number => (isWriting(lease) ? lease.writing : lease.stored);

/** True when half of the lease is spent and no larger one is being written. */
export const wantsRenewal = (lease: PermitLease): boolean => coveredSoon(lease) < lease.renewBelow;

/**
 * The lease is less than half of what is needed now, or more than twice as much: too small to avoid waiting, or so
 * large that a crash would waste too many permits.
 */
export const isMissized = (lease: PermitLease, wanted: number): boolean =>
  coveredSoon(lease) < wanted / 2 || coveredSoon(lease) > wanted * 2;

const startSecond = (lease: PermitLease, second: number): void => {
  lease.inSecondBefore = second === lease.second + 1 ? lease.inSecond : 0;
  lease.inSecond = 0;
  lease.second = second;
};

export const spend = (lease: PermitLease, cost: number, now: number): void => {
  lease.stored -= cost;
  lease.writing -= cost;
  const second = Math.floor(now / 1_000);
  if (second !== lease.second) startSecond(lease, second);
  lease.inSecond += cost;
  lease.lastCost = Math.max(1, cost);
};

/**
 * Call this when a row with a lease of `permits` is sent to the store. `waiting` permits are needed at once by calls
 * that wait for this write, so the threshold for the next renewal does not count them.
 */
export const beginWrite = (lease: PermitLease, permits: number, waiting: number): void => {
  lease.writing = permits;
  lease.renewBelow = Math.max(0, permits - waiting) / 2;
};

export const writeStored = (lease: PermitLease): void => {
  lease.stored = lease.writing;
  lease.writing = Number.POSITIVE_INFINITY;
};

/** The write failed, and it is unknown whether it was stored: only what both rows cover may be granted. */
export const writeInDoubt = (lease: PermitLease): void => {
  lease.stored = covered(lease);
  lease.writing = Number.POSITIVE_INFINITY;
};

/** A window was added that no stored row mentions: nothing may be granted from the present lease. */
export const voidLease = (lease: PermitLease): void => {
  lease.stored = Math.min(lease.stored, 0);
  if (isWriting(lease)) lease.writing = Math.min(lease.writing, 0);
};

const unitsPerSecond = (lease: PermitLease, now: number): number => {
  const age = Math.floor(now / 1_000) - lease.second;
  if (age > 1) return 0;
  return age === 1 ? lease.inSecond : Math.max(lease.inSecond, lease.inSecondBefore);
};

/**
 * Number of permits to lease: two seconds of recent traffic, capped at 5 % of the smallest limit but at least the cost
 * of one call, plus the permits that calls are `waiting` for. The lease grows with the traffic from write to write.
 */
export const leaseSize = (
  lease: PermitLease,
  windows: readonly RateLimitWindow[],
  now: number,
  waiting: number,
): number => {
  let limit = Number.POSITIVE_INFINITY;
  let capacity = Number.POSITIVE_INFINITY;
  for (const window of windows) {
    limit = Math.min(limit, window.limit);
    capacity = Math.min(capacity, capacityBy(window, now + HORIZON_MS));
  }
  if (windows.length === 0) return 0;
  const wanted = Math.max(QUIET_LEASE, SECONDS_AHEAD * unitsPerSecond(lease, now));
  const ahead = Math.max(lease.lastCost, Math.min(wanted, Math.floor(limit * LEASED_SHARE)));
  return Math.min(capacity, ahead + waiting);
};
