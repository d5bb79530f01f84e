import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import type { WriterTurn } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import type { AppendLanesDeps, LaneAppend } from './append-lanes.ts';
import type { AppendedRows } from './append-parts.ts';
import { waitingAppend, type WaitingAppend } from './waiting-append.ts';
import { isFull, takeBatch } from './batch-bounds.ts';
import { heldBack, sendBatch } from './send-batch.ts';

export type AppendLane = {
  readonly join: (access: ProviderAccess, asked: LaneAppend) => AsyncResult<ProviderError, AppendedRows>;
};

/** From the first append to the departure, for others to join it. */
const GATHER_MS = 30;
/** Beyond the time for its calls the turn is held so long: a request that was given up may still arrive there. */
const MARGIN_MS = 1_000;
const BUSY = heldBack('other writes to this spreadsheet took all the time there was; nothing was sent');

type Batch = readonly [WaitingAppend, ...WaitingAppend[]];

/** Appends to one place. `onEmpty` is called when nobody waits any more: the lane is over then. */
export const appendLane = (deps: AppendLanesDeps, onEmpty: () => void): AppendLane => {
  const waiting: WaitingAppend[] = [];
  let isDriven = false;
  const gathered = new AbortController();

  const leave = (one: WaitingAppend): void => {
    const place = waiting.indexOf(one);
    if (place >= 0) waiting.splice(place, 1);
  };
  const drive = async (): Promise<void> => {
    await deps.sleep(GATHER_MS, gathered.signal);
    while (waiting.length > 0) await departure(deps, waiting).catch(rejectAll);
    onEmpty();
  };
  const rejectAll = (error: unknown): void => {
    for (const one of waiting.splice(0)) one.reject(error);
  };

  return {
    join: (access, asked) => {
      const one = waitingAppend(deps, access, asked, leave);
      waiting.push(one);
      if (isFull(waiting)) gathered.abort();
      if (!isDriven) {
        isDriven = true;
        void drive();
      }
      return one.answer;
    },
  };
};

/** One call for those who wait: first the turn, then the quota, and only then is decided who goes along. */
const departure = async (deps: AppendLanesDeps, waiting: WaitingAppend[]): Promise<void> => {
  const first = waiting[0];
  if (first === undefined) return;
  const callMs = Math.max(...waiting.map(({ access }) => access.timeoutMs));
  const { spreadsheetId } = first.asked.request;
  const turn = await deps.writers.hold(spreadsheetId, callMs + MARGIN_MS, longestLeft(waiting));
  if (turn === 'busy') return settleAll(waiting, BUSY);
  const endAt = deps.clock.monotonic() + callMs;
  let isUnclear = true;
  try {
    isUnclear = await underTurn(deps, waiting, endAt);
  } finally {
    await released(deps, turn, isUnclear, endAt);
  }
};

/** After an unclear end the request may still be on its way: the next one waits until it cannot be any more. */
const released = async (
  { clock, sleep }: AppendLanesDeps,
  turn: WriterTurn,
  isUnclear: boolean,
  endAt: number,
): Promise<void> => {
  if (isUnclear) await sleep(Math.max(0, Math.min(MARGIN_MS, endAt + MARGIN_MS - clock.monotonic())));
  await turn.release();
};

/** Who can wait longest for the quota: one with less time would be refused for all. Nobody waits beyond the turn. */
const payerOf = (waiting: readonly WaitingAppend[], turnMs: number): WaitingAppend | undefined =>
  waiting.reduce<WaitingAppend | undefined>((payer, one) => {
    const isLonger = payer === undefined || one.timeLeft() > payer.timeLeft();
    return isLonger && (payer === undefined || one.timeLeft() <= turnMs) ? one : payer;
  }, undefined);

/** True when somebody's rows may yet arrive. */
const underTurn = async (
  deps: AppendLanesDeps,
  waiting: WaitingAppend[],
  endAt: number,
): Promise<boolean> => {
  const payer = payerOf(waiting, endAt - deps.clock.monotonic());
  if (payer === undefined) return false;
  const quota = await payer.asked.takeQuota();
  if (isLeft(quota)) {
    settleAll(waiting, quota.left);
    return false;
  }
  const [first, ...more] = takeBatch(waiting);
  return first === undefined ? false : sendTogether(deps, [first, ...more], endAt);
};

const sendTogether = async (
  { spreadsheet, clock, sweep }: AppendLanesDeps,
  batch: Batch,
  endAt: number,
): Promise<boolean> => {
  const [first] = batch;
  for (const one of batch) one.send();
  const access = (): ProviderAccess | undefined => {
    const timeoutMs = Math.min(endAt - clock.monotonic(), longestLeft(batch));
    // Nobody's going away stops what others wait for.
    return timeoutMs < 1 ? undefined : { ...first.access, signal: NEVER, timeoutMs };
  };
  try {
    const { takeQuota } = first.asked;
    const [, ...others] = batch;
    const outcomes = await sendBatch({ spreadsheet, takeQuota, access }, [
      first.asked,
      ...others.map(({ asked }) => asked),
    ]);
    outcomes.forEach((outcome, index) => batch[index]?.settle(outcome));
    const isUnclear = outcomes.some((outcome) => isLeft(outcome) && outcome.left.kind === 'outcome-unknown');
    const left = access();
    if (first.asked.marked !== undefined && !isUnclear && left !== undefined)
      await sweep(left, first.asked.request.spreadsheetId, takeQuota);
    return isUnclear;
  } catch (error) {
    for (const one of batch) one.reject(error);
    return true;
  }
};

const NEVER = new AbortController().signal;

const longestLeft = (some: readonly WaitingAppend[]): number =>
  Math.max(0, ...some.map((one) => one.timeLeft()));

const settleAll = (waiting: WaitingAppend[], error: ProviderError): void => {
  for (const one of waiting.splice(0)) one.settle(left(error));
};
