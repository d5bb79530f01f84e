import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import type { AppendedRows, AppendPart } from './append-parts.ts';
import { appendLane, type AppendLane } from './append-lane.ts';
import type { LaneDeps } from './lane-queue.ts';
import type { LaneAppend } from './waiting-append.ts';

/** The batching queues of this process. Rejects only when the write lease or a quota cannot be requested. */
export type AppendLanes = {
  readonly append: (access: ProviderAccess, asked: LaneAppend) => AsyncResult<ProviderError, AppendedRows>;
};

/**
 * Appends to one place of a spreadsheet are collected for a moment and sent as one request under the spreadsheet's
 * write lease: Google lets concurrent appends overwrite each other, and allows an account 60 writes a minute (ADR 24).
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

/** Callers pay when their rows are sent. If so many callers of a tenant are waiting, further ones pay on arrival. */
const MOST_ON_CREDIT = 500;

const CANNOT_BE_KNOWN: ProviderError = {
  kind: 'outcome-unknown',
  isUnasked: true,
  message:
    'an earlier try may have added these rows; look into the sheet before they are sent under a new key',
};

/** Everything in which the parts of one request must agree. */
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
