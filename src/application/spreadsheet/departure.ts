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

/** One call for those who wait: first the turn and the quota, and only then is decided who goes along. */
export const departure = async (deps: LaneDeps, queue: LaneQueue): Promise<void> => {
  const { waiting, deserted } = queue;
  const [first] = waiting;
  if (first === undefined) return;
  const held = await turnAndPlaceFor(deps, queue, first);
  if (isLeft(held)) {
    // Who came after all others had gone has asked for nothing yet.
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
 * The turn is taken for at least this long, whoever asks for it: callers with more time may join before it comes, and
 * their rows go along.
 */
const LEAST_CALL_MS = 10_000;

/** Waits as long as anybody has time. Somebody who goes away does not take it from the others. */
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

/** True when somebody's rows may yet arrive. */
const underTurn = async (deps: LaneDeps, queue: LaneQueue, held: Held): Promise<boolean> => {
  const [first, ...more] = await announced(takeBatch(queue.waiting));
  return first === undefined ? false : sendTogether(deps, queue, [first, ...more], held);
};

/** For the turn, and for an account: milliseconds, none and less where it needs what it still has. */
const timeToWait = ({ access, timeLeft }: WaitingAppend): number =>
  timeLeft() - timeToWrite(access.timeoutMs);

/**
 * Those who came while others waited for the turn in vain, and still have time for it, wait on: it was waited for no
 * longer than those others could.
 */
const refuseAll = ({ waiting, leave }: Pick<LaneQueue, 'waiting' | 'leave'>, error: ProviderError): void => {
  const mayWaitOn = (one: WaitingAppend): boolean => error === BUSY && timeToWait(one) > TO_TELL_MS;
  for (const one of waiting.filter((each) => !mayWaitOn(each))) {
    leave(one);
    one.settle(left(error));
  }
};
