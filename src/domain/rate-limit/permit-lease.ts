import { capacityBy, type RateLimitWindow } from './rate-limit-window.ts';

/**
 * Permits written to the store before they are granted. The stored row says "these calls, and up to `leased`
 * more": whoever restores it counts the lease as used, so a crash can waste permits but never grant one
 * twice. While a row is being written either row may be the stored one, so a grant must be covered by both.
 */
export type PermitLease = {
  /** Permits left under the row known to be stored. Below zero when the store was away and calls went on. */
  stored: number;
  /** Permits left under the row being written; Infinity when none is. */
  writing: number;
  /** Ask for the next lease when fewer than this are left. */
  renewBelow: number;
  /** Units granted in the running second (its number) and in the one before it. */
  second: number;
  inSecond: number;
  inSecondBefore: number;
  lastCost: number;
};

const LEASED_SHARE = 0.05;
const SECONDS_AHEAD = 2;
/** A quiet subject may have this many calls at once before it has to wait for a lease. */
const QUIET_LEASE = 8;
/** Nothing is leased that no window could grant within this time: a spent day quota leases nothing. */
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

/** What will be left once the row being written, if any, is stored. */
const coveredSoon = (lease: PermitLease): number => (isWriting(lease) ? lease.writing : lease.stored);

/** Half of the lease is spent and no larger one is on its way. */
export const wantsRenewal = (lease: PermitLease): boolean => coveredSoon(lease) < lease.renewBelow;

/** The lease is far from what is needed now: too small to go on with, or so large that a crash would waste it. */
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
 * A row with this lease is on its way to the store. Permits that calls already wait for will be used at once, so they
 * do not count as ahead.
 */
export const beginWrite = (lease: PermitLease, permits: number, waiting: number): void => {
  lease.writing = permits;
  lease.renewBelow = Math.max(0, permits - waiting) / 2;
};

export const writeStored = (lease: PermitLease): void => {
  lease.stored = lease.writing;
  lease.writing = Number.POSITIVE_INFINITY;
};

/** The write failed, which does not tell whether it was stored: the stricter of both rows holds. */
export const writeInDoubt = (lease: PermitLease): void => {
  lease.stored = covered(lease);
  lease.writing = Number.POSITIVE_INFINITY;
};

/** A window was added that no stored row covers. */
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
 * How many permits to lease ahead: two seconds of recent use, at most 5 % of the smallest limit (but one
 * call), and on top of it what calls are `waiting` for. Grows with use from write to write.
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
