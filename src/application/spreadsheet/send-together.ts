import { sharedFailure, type ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left } from '../../domain/shared/fp.ts';
import type { PartOutcome } from './append-parts.ts';
import { longestLeft, type Batch, type LaneDeps, type LaneQueue } from './lane-queue.ts';
import { leavesRaggedEdge } from './ragged-edges.ts';
import { sendBatch, type SendBatchDeps } from './send-batch.ts';
import type { Held } from './turn-and-place.ts';
import type { LaneAppend, WaitingAppend } from './waiting-append.ts';

/** Sends the rows of a batch as one request under the write lease. True when some of them may still arrive. */
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

/** No caller that disconnects aborts the request that others wait for. */
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

/** An append that is answered has its audit row, to which no cost can be added any more. */
const isWaiting =
  (batch: Batch) =>
  (part: LaneAppend): boolean =>
    batch.some(({ asked, isAnswered }) => asked === part && !isAnswered());

/** Uses what is left of the lease. */
const swept = async ({ sweep, clock }: LaneDeps, first: WaitingAppend, endAt: number): Promise<void> => {
  const { request, marked } = first.asked;
  const timeoutMs = endAt - clock.monotonic();
  if (marked === undefined || timeoutMs < 1) return;
  await sweep({ ...first.access, signal: NEVER, timeoutMs }, request.spreadsheetId);
};

/**
 * Milliseconds reserved at the end of a call, so that an outcome learned in the last moment still reaches the callers.
 * Otherwise they would be told that it is unknown, even if nothing was sent because a read of the sheet hung.
 */
export const TO_TELL_MS = 50;
const leavingTimeToTell = (ms: number): number => ms - Math.min(TO_TELL_MS, ms / 10);

/** Below a ragged edge Google may not find the right place by itself. */
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
 * Gives each caller its outcome. A request that the provider refused as a whole for its quota has written nothing: its
 * appends return to the head of the lane and wait on, as long as each has time. A failure is the same object for all
 * rows of one request (`sendBatch`), and the first caller still present gets it as its own, the others as shared. An
 * answer is recorded by the caller that paid, or else by the first one still present.
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
