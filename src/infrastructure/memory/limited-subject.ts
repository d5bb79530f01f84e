import {
  isWriting,
  leaseSize,
  makeLease,
  voidLease,
  type PermitLease,
} from '../../domain/rate-limit/permit-lease.ts';
import type { StoredWindow } from '../../domain/rate-limit/quota-state-store.ts';
import {
  windowTypes,
  type QuotaLimits,
  type QuotaSubject,
  type WindowType,
} from '../../domain/rate-limit/quota.ts';
import { advance, used } from '../../domain/rate-limit/rate-limit-window.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { differsFromRow, restoreRow, trackWindow, writeRow, type TrackedWindow } from './tracked-window.ts';

/**
 * Everything that a process holds about one subject. One lease covers all its windows, since a call counts in each of
 * them.
 */
export type LimitedSubject = {
  readonly tenantId: TenantId;
  readonly subjectId: string;
  serviceName: string;
  limits: QuotaLimits;
  /** See `QuotaSubject`. */
  arrivalMs: number;
  readonly windows: Map<WindowType, TrackedWindow>;
  /** The windows that are currently limited. */
  limited: readonly TrackedWindow[];
  readonly lease: PermitLease;
  /** Until the stored rows are merged in, they must not be overwritten. */
  loaded: boolean;
  /** The read under way, until it ends or calls should not wait any longer. */
  loading: Promise<void> | undefined;
  /** Reading failed or hangs: calls go on without the stored rows. */
  unreadable: boolean;
  /** Units for which calls are waiting until a lease covers them. */
  waiting: number;
  lastUsed: number;
  /** Not used yet, or not for long: leases nothing ahead. */
  quiet: boolean;
};

const NO_LIMITS: QuotaLimits = {};

export const openSubject = (subject: QuotaSubject, now: number): LimitedSubject => ({
  tenantId: subject.tenantId,
  subjectId: subject.subjectId,
  serviceName: subject.serviceName,
  limits: NO_LIMITS,
  arrivalMs: 0,
  windows: new Map(),
  limited: [],
  lease: makeLease(),
  loaded: false,
  loading: undefined,
  unreadable: false,
  quiet: true,
  waiting: 0,
  lastUsed: now,
});

const windowFor = (held: LimitedSubject, type: WindowType, limit: number): TrackedWindow => {
  const existing = held.windows.get(type);
  if (existing !== undefined) return existing;
  const added = trackWindow(type, limit);
  held.windows.set(type, added);
  voidLease(held.lease);
  return added;
};

/** Limits may change from call to call; the counts stay. A window whose limit was removed empties by itself. */
export const applyLimits = (
  held: LimitedSubject,
  { limits, serviceName, arrivalMs = 0 }: QuotaSubject,
): void => {
  if (held.limits === limits) return;
  held.limits = limits;
  held.arrivalMs = arrivalMs;
  held.serviceName = serviceName;
  const limited: TrackedWindow[] = [];
  for (const type of windowTypes) {
    const limit = limits[type];
    if (limit === undefined) continue;
    const tracked = windowFor(held, type, limit);
    tracked.window.limit = limit;
    tracked.window.arrivalMs = arrivalMs;
    limited.push(tracked);
  }
  held.limited = limited;
};

/** Merges the stored rows into what was counted while they could not be read. */
export const restoreSubject = (held: LimitedSubject, rows: readonly StoredWindow[], now: number): void => {
  for (const row of rows) restoreRow(windowFor(held, row.window, row.limit), row, now);
  held.loaded = true;
};

/** True when calls need not wait for the stored rows, or when waiting would not help. */
export const isReady = (held: LimitedSubject): boolean => held.loaded || held.unreadable;

export const advanceSubject = (held: LimitedSubject, now: number): void => {
  for (const { window } of held.windows.values()) advance(window, now);
};

/** Permits to lease now; the windows must have been advanced. */
export const wantedLease = (held: LimitedSubject, now: number): number =>
  held.quiet && held.waiting === 0
    ? 0
    : leaseSize(
        held.lease,
        held.limited.map(({ window }) => window),
        now,
        held.waiting,
      );

/** The rows that differ from the stored ones; with `exact`, all of them with every entry. */
export const writeRows = (held: LimitedSubject, leased: number, exact: boolean): readonly StoredWindow[] =>
  [...held.windows.values()]
    .filter((tracked) => (exact && tracked.counted > 0) || differsFromRow(tracked, leased))
    .map((tracked) => writeRow(held, tracked, leased, exact));

/** After a failed write it is unknown which rows were stored. */
export const doubtRows = (held: LimitedSubject): void => {
  for (const tracked of held.windows.values()) tracked.unsaved = true;
};

/** Whether the stored rows differ, apart from the permits leased. */
export const differsFromRows = (held: LimitedSubject): boolean =>
  [...held.windows.values()].some((tracked) => differsFromRow(tracked, tracked.savedLeased));

/** The rows contain everything, and nothing is leased or requested: the subject may be forgotten and loaded again. */
export const isSettled = (held: LimitedSubject): boolean =>
  held.loaded &&
  held.waiting === 0 &&
  held.lease.stored === 0 &&
  !isWriting(held.lease) &&
  !differsFromRows(held);

export const isEmpty = (held: LimitedSubject): boolean =>
  [...held.windows.values()].every(({ window }) => used(window) === 0);
