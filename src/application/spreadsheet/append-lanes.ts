import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import type { AppendedRows, AppendPart } from './append-parts.ts';
import { appendLane, type AppendLane } from './append-lane.ts';
import type { LaneDeps } from './lane-queue.ts';
import type { LaneAppend } from './waiting-append.ts';

/** Appends of this process. Rejects only when the turn or a quota cannot be asked for. */
export type AppendLanes = {
  readonly append: (access: ProviderAccess, asked: LaneAppend) => AsyncResult<ProviderError, AppendedRows>;
};

/**
 * Appends to one place of a spreadsheet wait for each other a moment, and leave as one call under the turn of the
 * spreadsheet: Google lets appends that overlap overwrite each other, and gives an account 60 writes a minute.
 */
export const appendLanes = (deps: LaneDeps): AppendLanes => {
  const lanes = new Map<string, AppendLane>();
  const callers = new Map<TenantId, number>();
  const counted = async <A>({ tenantId }: ProviderAccess, work: () => Promise<A>): Promise<A> => {
    const count = (change: number): number => (callers.get(tenantId) ?? 0) + change;
    callers.set(tenantId, count(1));
    try {
      return await work();
    } finally {
      if (count(-1) === 0) callers.delete(tenantId);
      else callers.set(tenantId, count(-1));
    }
  };
  const join = (access: ProviderAccess, asked: LaneAppend): AsyncResult<ProviderError, AppendedRows> => {
    const key = laneKey(access, asked);
    let lane = lanes.get(key);
    if (lane === undefined) {
      lane = appendLane(deps, asked.quota.expect(), () => lanes.delete(key));
      lanes.set(key, lane);
    }
    return lane.join(access, asked);
  };
  return {
    append: async (access, asked) => {
      if (asked.unmarked?.maybeSent === true) return left(CANNOT_BE_KNOWN);
      if ((callers.get(access.tenantId) ?? 0) >= MOST_ON_CREDIT) {
        const paid = await asked.quota.payCaller(false);
        if (isLeft(paid)) return paid;
      }
      return counted(access, () => join(access, asked));
    },
  };
};

/** Callers pay when their rows leave; while so many of a tenant wait, the next ones pay when they come. */
const MOST_ON_CREDIT = 500;

const CANNOT_BE_KNOWN: ProviderError = {
  kind: 'outcome-unknown',
  isUnasked: true,
  message:
    'an earlier try may have added these rows; look into the sheet before they are sent under a new key',
};

/** All in which the parts of one call must not differ. */
const laneKey = (
  { tenantId, serviceId, baseUrl }: ProviderAccess,
  { request: { spreadsheetId, range, valueInputOption, insertDataOption }, marked }: AppendPart,
): string =>
  JSON.stringify([
    tenantId,
    serviceId,
    spreadsheetAt(baseUrl, spreadsheetId),
    ...(marked === undefined
      ? ['plain', range, valueInputOption, insertDataOption]
      : ['marked', marked.sheetTitle ?? null, marked.mayBeNamed ?? false, marked.firstColumn]),
  ]);
