import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import { announced } from './announced.ts';
import { takeBatch } from './batch-bounds.ts';
import { batchCharges } from './batch-charges.ts';
import { longestLeft, type LaneDeps, type LaneQueue } from './lane-queue.ts';
import { sendTogether, TO_TELL_MS } from './send-together.ts';
import { timeToWrite } from './time-to-write.ts';
import { BUSY, released, turnAndPlace, type Held } from './turn-and-place.ts';
import type { WaitingAppend } from './waiting-append.ts';

/**
 * Sends one request for the waiting appends: first obtains the write lease and the quota, and decides only then which
 * appends it carries.
 */
export const departure = async (deps: LaneDeps, queue: LaneQueue): Promise<void> => {
  const { waiting, deserted } = queue;
  const [first] = waiting;
  if (first === undefined) return;
  const held = await turnAndPlaceFor(deps, queue, first);
  if (isLeft(held)) {
    // After the others had left, new callers arrived for which nothing was requested yet.
    if (!deserted.aborted) refuseAll(queue, held.left);
    return;
  }
  let isUnclear = true;
  try {
    isUnclear = await underTurn(deps, queue, held.right);
  } finally {
    await released(deps, held.right, isUnclear);
  }
};

/**
 * Shortest duration in milliseconds for which the lease is requested: callers with more time may join while it is
 * awaited, and their rows are sent too.
 */
const LEAST_CALL_MS = 10_000;

/** Waits as long as any caller has time; a caller that leaves does not end the wait for the others. */
const turnAndPlaceFor = (
  deps: LaneDeps,
  { waiting, leave, deserted }: LaneQueue,
  { access, asked: { quota, request } }: WaitingAppend,
): AsyncResult<ProviderError, Held> => {
  const refuse = (one: WaitingAppend, error: ProviderError): void => {
    leave(one);
    one.settle(left(error));
  };
  const timeLeft = (): number => longestLeft(waiting);
  return turnAndPlace(deps, {
    spreadsheet: spreadsheetAt(access.baseUrl, request.spreadsheetId),
    quota,
    timeLeft,
    callMs: () => Math.max(timeLeft(), LEAST_CALL_MS),
    turnMs: () => Math.max(0, ...waiting.map(timeToWait)),
    signal: deserted,
    payLast: batchCharges(waiting, refuse),
    onHeld: (waitMs) => {
      for (const one of waiting.slice()) {
        const refused = one.asked.quota.hopeless(waitMs);
        if (refused !== undefined) refuse(one, refused);
      }
    },
  });
};

/** True when some rows may still arrive at the provider. */
const underTurn = async (deps: LaneDeps, queue: LaneQueue, held: Held): Promise<boolean> => {
  const [first, ...more] = await announced(takeBatch(queue.waiting));
  return first === undefined ? false : sendTogether(deps, queue, [first, ...more], held);
};

/**
 * Milliseconds a caller can wait for the lease and the account; negative or zero when it needs the rest for the write.
 */
const timeToWait = ({ access, timeLeft }: WaitingAppend): number =>
  timeLeft() - timeToWrite(access.timeoutMs);

/**
 * Callers that arrived while the lease was awaited in vain wait on if they still have time, because the wait had only
 * been as long as the earlier callers could afford.
 */
const refuseAll = ({ waiting, leave }: Pick<LaneQueue, 'waiting' | 'leave'>, error: ProviderError): void => {
  const mayWaitOn = (one: WaitingAppend): boolean => error === BUSY && timeToWait(one) > TO_TELL_MS;
  for (const one of waiting.filter((each) => !mayWaitOn(each))) {
    leave(one);
    one.settle(left(error));
  }
};
