import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import { sharedFailure, type ProviderError } from '../../domain/provider/provider-error.ts';
import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import type { SpreadsheetWriters } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import type { AppendAtEdge } from './anchored-append.ts';
import type { PartOutcome } from './append-parts.ts';
import { announced } from './announced.ts';
import { takeBatch } from './batch-bounds.ts';
import { batchCharges } from './batch-charges.ts';
import type { Arrivals } from './gathering.ts';
import { leavesRaggedEdge } from './ragged-edges.ts';
import { sendBatch, type SendBatchDeps } from './send-batch.ts';
import type { SweepMarks } from './sweep-marks.ts';
import { timeToWrite } from './time-to-write.ts';
import { BUSY, released, turnAndPlace, type Held } from './turn-and-place.ts';
import type { LaneAppend, WaitingAppend } from './waiting-append.ts';

export type LaneDeps = {
  readonly spreadsheet: Pick<Spreadsheet, 'appendMarked'> & { readonly append: AppendAtEdge };
  readonly writers: SpreadsheetWriters;
  /**
   * After marked rows were sent, still under the turn. In its time and not in that of callers, who have their answers:
   * where they are always in a hurry marks would stay until there is no room for more.
   */
  readonly sweep: SweepMarks;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
};

/** Those who wait in a lane, first come first, and `deserted`, which aborts when nobody of them is left. */
export type LaneQueue = {
  readonly waiting: WaitingAppend[];
  readonly leave: (one: WaitingAppend) => void;
  /** To be told before those have their answers who went along with a call. */
  readonly coming: Pick<Arrivals, 'answered'>;
  readonly deserted: AbortSignal;
};

type Batch = readonly [WaitingAppend, ...WaitingAppend[]];

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
 * The turn is had for so long at least, whoever asks for it: those with more time may have come before it does, and
 * their rows go along.
 */
const LEAST_CALL_MS = 10_000;

/** As long as anybody has time; nobody's going away takes it from the others. */
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

const sendTogether = async (
  { spreadsheet, clock, sweep }: LaneDeps,
  queue: LaneQueue,
  batch: Batch,
  { turn, endAt }: Held,
): Promise<boolean> => {
  const [first, ...others] = batch;
  const timeLeft = (): number => Math.min(endAt - clock.monotonic(), longestLeft(batch));
  const access = (): ProviderAccess | undefined => {
    const timeoutMs = leavingTimeToTell(timeLeft());
    // Nobody's going away stops what others wait for.
    return timeoutMs < 1 ? undefined : { ...first.access, signal: NEVER, timeoutMs };
  };
  const { request, marked } = first.asked;
  const takeQuota = ({ quota }: LaneAppend) =>
    quota.place({ timeLeft, signal: NEVER, charge: quota.payCall });
  try {
    const parts = [first.asked, ...others.map(({ asked }) => asked)] as const;
    const outcomes = await sendBatch({ spreadsheet: atEdge(spreadsheet, turn), takeQuota, access }, parts);
    const lowest = parts.findLast((_, index) => mayStand(outcomes[index]));
    if (lowest !== undefined && leavesRaggedEdge(lowest.request.rows)) turn.leavesRaggedEdge();
    tell(queue, batch, outcomes);
    const isUnclear = outcomes.some(isUnknown);
    const turnMs = endAt - clock.monotonic();
    if (marked !== undefined && !isUnclear && turnMs >= 1)
      await sweep({ ...first.access, signal: NEVER, timeoutMs: turnMs }, request.spreadsheetId);
    return isUnclear;
  } catch (error) {
    for (const one of batch) one.reject(error);
    return true;
  }
};

/**
 * What a call knows that took all its time reaches those who wait before their own time is over. Else they would be
 * told that nobody knows, also where nothing was sent because a look at the sheet before it hung.
 */
const TO_TELL_MS = 50;
const leavingTimeToTell = (ms: number): number => ms - Math.min(TO_TELL_MS, ms / 10);

/** Below a ragged edge Google may not find by itself where rows go. */
const atEdge = (
  { append, appendMarked }: LaneDeps['spreadsheet'],
  { raggedEdge }: Held['turn'],
): SendBatchDeps['spreadsheet'] => ({
  append: (access, request) => append(access, request, raggedEdge),
  appendMarked,
});

const mayStand = (outcome: PartOutcome | undefined): boolean =>
  outcome === undefined || !isLeft(outcome) || isUnknown(outcome);

const isUnknown = (outcome: PartOutcome): boolean =>
  isLeft(outcome) && outcome.left.kind === 'outcome-unknown';

/**
 * Each its outcome. A call that the provider refused whole for its quota has written nothing: its callers keep their
 * places and wait on, now for the line of their account, as long as each has time. A failure is the same object for
 * all whose rows went along with one call (`sendBatch`): the first one who is still there stands for it.
 */
const tell = ({ waiting, coming }: LaneQueue, batch: Batch, outcomes: readonly PartOutcome[]): void => {
  const again = outcomes.every(isOverQuota) ? batch.filter((one) => one.takeBack()) : [];
  waiting.unshift(...again);
  coming.answered();
  const told = new Set<ProviderError>();
  for (const [index, outcome] of outcomes.entries()) {
    const one = batch[index];
    if (one === undefined || again.includes(one) || one.isAnswered()) continue;
    const isShared = isLeft(outcome) && told.has(outcome.left);
    if (isLeft(outcome) && !one.access.signal.aborted) told.add(outcome.left);
    one.settle(isShared ? left(sharedFailure(outcome.left)) : outcome);
  }
};

const isOverQuota = (outcome: PartOutcome): boolean =>
  isLeft(outcome) && outcome.left.kind === 'quota-exceeded' && outcome.left.scope === 'provider';

const NEVER = new AbortController().signal;

/** For the turn, and for an account: milliseconds, none and less where it needs what it still has. */
const timeToWait = ({ access, timeLeft }: WaitingAppend): number =>
  timeLeft() - timeToWrite(access.timeoutMs);

const longestLeft = (some: readonly WaitingAppend[]): number =>
  Math.max(0, ...some.map((one) => one.timeLeft()));

/** Who came while others waited for the turn in vain, and has time for it, waits on: they had only theirs to wait. */
const refuseAll = ({ waiting, leave }: Pick<LaneQueue, 'waiting' | 'leave'>, error: ProviderError): void => {
  const mayWaitOn = (one: WaitingAppend): boolean => error === BUSY && timeToWait(one) > TO_TELL_MS;
  for (const one of waiting.filter((each) => !mayWaitOn(each))) {
    leave(one);
    one.settle(left(error));
  }
};
