import { sharedFailure, type ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left } from '../../domain/shared/fp.ts';
import type { PartOutcome } from './append-parts.ts';
import { longestLeft, type Batch, type LaneDeps, type LaneQueue } from './lane-queue.ts';
import { leavesRaggedEdge } from './ragged-edges.ts';
import { sendBatch, type SendBatchDeps } from './send-batch.ts';
import type { Held } from './turn-and-place.ts';
import type { LaneAppend, WaitingAppend } from './waiting-append.ts';

/** The rows of a batch as one call, under the turn. True when some of them may yet arrive. */
export const sendTogether = async (
  deps: LaneDeps,
  queue: LaneQueue,
  batch: Batch,
  { turn, endAt }: Held,
): Promise<boolean> => {
  const [first, ...others] = batch;
  const parts = [first.asked, ...others.map(({ asked }) => asked)] as const;
  try {
    const outcomes = await sendBatch(callFor(deps, batch, { turn, endAt }), parts);
    const lowest = parts.findLast((_, index) => mayStand(outcomes[index]));
    if (lowest !== undefined && leavesRaggedEdge(lowest.request.rows)) turn.leavesRaggedEdge();
    tell(queue, batch, outcomes);
    const isUnclear = outcomes.some(isUnknown);
    if (!isUnclear) await swept(deps, first, endAt);
    return isUnclear;
  } catch (error) {
    for (const one of batch) one.reject(error);
    return true;
  }
};

/** Nobody's going away stops what others wait for. */
const callFor = (
  { spreadsheet, clock }: LaneDeps,
  batch: Batch,
  { turn, endAt }: Held,
): SendBatchDeps<LaneAppend> => {
  const timeLeft = (): number => Math.min(endAt - clock.monotonic(), longestLeft(batch));
  return {
    spreadsheet: atEdge(spreadsheet, turn),
    takeQuota: (parts) => {
      const { quota } = parts.find(isWaiting(batch)) ?? parts[0];
      return quota.place({ timeLeft, signal: NEVER, charge: quota.payCall });
    },
    access: () => {
      const timeoutMs = leavingTimeToTell(timeLeft());
      return timeoutMs < 1 ? undefined : { ...batch[0].access, signal: NEVER, timeoutMs };
    },
  };
};

/** Whoever has its answer has its row, too, which no price is added to. */
const isWaiting =
  (batch: Batch) =>
  (part: LaneAppend): boolean =>
    batch.some(({ asked, isAnswered }) => asked === part && !isAnswered());

/** In what is left of the turn. */
const swept = async ({ sweep, clock }: LaneDeps, first: WaitingAppend, endAt: number): Promise<void> => {
  const { request, marked } = first.asked;
  const timeoutMs = endAt - clock.monotonic();
  if (marked === undefined || timeoutMs < 1) return;
  await sweep({ ...first.access, signal: NEVER, timeoutMs }, request.spreadsheetId);
};

/**
 * Kept back of a call's time, so that what it learns at its very end still reaches those who wait. Else they would be
 * told that nobody knows, even where nothing was sent because a look at the sheet hung.
 */
export const TO_TELL_MS = 50;
const leavingTimeToTell = (ms: number): number => ms - Math.min(TO_TELL_MS, ms / 10);

/** Below a ragged edge Google may not find by itself where rows go. */
const atEdge = (
  { append, appendMarked }: LaneDeps['spreadsheet'],
  turn: Held['turn'],
): SendBatchDeps['spreadsheet'] => ({
  append: (access, request) => append(access, request, turn),
  appendMarked,
});

const mayStand = (outcome: PartOutcome | undefined): boolean =>
  outcome === undefined || !isLeft(outcome) || isUnknown(outcome);

const isUnknown = (outcome: PartOutcome): boolean =>
  isLeft(outcome) && outcome.left.kind === 'outcome-unknown';

/**
 * Each its outcome. A call that the provider refused whole for its quota has written nothing: its callers keep their
 * places and wait on, now for the line of their account, as long as each has time. A failure is the same object for
 * all whose rows went along with one call (`sendBatch`): the first one who is still there stands for it. Of an answer
 * the one that paid tells, or else the first one who is still there.
 */
const tell = ({ waiting, coming }: LaneQueue, batch: Batch, outcomes: readonly PartOutcome[]): void => {
  const again = outcomes.every(isOverQuota) ? batch.filter((one) => one.takeBack()) : [];
  waiting.unshift(...again);
  coming.answered();
  const told = new Set<ProviderError>();
  let isTold = batch.some((one) => one.bearsCall() && !one.isAnswered());
  for (const [index, outcome] of outcomes.entries()) {
    const one = batch[index];
    if (one === undefined || again.includes(one) || one.isAnswered()) continue;
    const isShared = isLeft(outcome) && told.has(outcome.left);
    if (isLeft(outcome) && !one.access.signal.aborted) told.add(outcome.left);
    if (!isLeft(outcome) && !isTold) one.asked.quota.tellOf();
    isTold ||= !isLeft(outcome);
    one.settle(isShared ? left(sharedFailure(outcome.left)) : outcome);
  }
};

const isOverQuota = (outcome: PartOutcome): boolean =>
  isLeft(outcome) && outcome.left.kind === 'quota-exceeded' && outcome.left.scope === 'provider';

const NEVER = new AbortController().signal;
