import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import type { Leave } from '../provider-call/leave.ts';
import { paidOnce } from '../provider-call/quota/own-quota.ts';
import { heldBack } from './send-batch.ts';
import { timeToWrite } from './time-to-write.ts';
import { released, turnAndPlace, type TurnDeps } from './turn-and-place.ts';

const LATE = heldBack(
  'the turn to write to this spreadsheet came too late to call the provider; nothing was sent',
);

/** Largest share of a call's time that is spent on waiting for the write lease; the rest is for the write. */
const MOST_OF_TIME = 0.9;
const timeToWait = (ms: number): number => Math.min(ms * MOST_OF_TIME, ms - timeToWrite(ms));

/**
 * Milliseconds to wait for the release, so that the caller's next write finds the lease free. While the store is
 * unavailable, a release may take until the lease expires, longer than the caller has; the write is answered before.
 */
const GIVING_ON_MS = 500;

type OneWrite = {
  readonly spreadsheetId: string;
  readonly leave: Leave;
  /** After this write, rows may begin with an empty cell. */
  readonly isRagged: boolean;
};

/**
 * Serialises writes to a spreadsheet over all replicas by a lease, so that none ends up between the rows of another.
 * Waits for the account and the lease as long as the call has time, and for the answer as long as the attempt has.
 */
export const asOneWriter = async <A>(
  deps: TurnDeps,
  access: ProviderAccess,
  { spreadsheetId, leave: { quota, timeLeft }, isRagged }: OneWrite,
  write: (access: ProviderAccess) => AsyncResult<ProviderError, A>,
): AsyncResult<ProviderError, A> => {
  const { clock } = deps;
  const attempt = (): number => Math.max(0, Math.min(access.timeoutMs, timeLeft()));
  const charge = paidOnce(quota.payAlone);
  const held = await turnAndPlace(deps, {
    spreadsheet: spreadsheetAt(access.baseUrl, spreadsheetId),
    quota,
    timeLeft,
    callMs: attempt,
    turnMs: () => timeToWait(timeLeft()),
    signal: access.signal,
    payFirst: charge.pay,
  });
  if (isLeft(held)) return held;
  let [isUnclear, mayStand] = [true, true];
  try {
    const timeoutMs = Math.floor(Math.min(attempt(), held.right.endAt - clock.monotonic()));
    const result = timeoutMs < 1 ? left(LATE) : await write({ ...access, timeoutMs });
    isUnclear = isLeft(result) && result.left.kind === 'outcome-unknown';
    mayStand = isUnclear || !isLeft(result);
    return result;
  } finally {
    charge.isOver();
    if (isRagged && mayStand) held.right.turn.leavesRaggedCells();
    // After an unknown outcome the lease is held a little longer, but this caller need not wait for that.
    const isGivenOn = released(deps, held.right, isUnclear);
    if (!isUnclear) await atMost(deps, GIVING_ON_MS, isGivenOn);
  }
};

const atMost = async ({ sleep }: TurnDeps, ms: number, work: Promise<void>): Promise<void> => {
  const isDone = new AbortController();
  void work.finally(() => isDone.abort());
  await sleep(ms, isDone.signal);
};
