import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import { sharedFailure, type ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { KeyedWrite } from '../once-only.ts';
import type { CallQuota } from '../provider-call/leave.ts';
import type { AppendedRows, AppendPart, PartOutcome } from './append-parts.ts';
import { heldBack } from './send-batch.ts';

/** One caller's request to a lane. */
export type LaneAppend = AppendPart & {
  /**
   * Present for a keyed append that cannot carry a mark. Nobody can tell later whether it was written, so it is not
   * sent again.
   */
  readonly unmarked: Pick<KeyedWrite, 'maybeSent' | 'sending'> | undefined;
  readonly quota: CallQuota;
};

/** One append waiting in a lane. It is answered exactly once, at the latest when its time is over. */
export type WaitingAppend = Charges &
  Departures & {
    readonly access: ProviderAccess;
    readonly asked: LaneAppend;
    readonly rows: number;
    /** Size of its rows as JSON, including the blank cells that marked rows have before their first column. */
    readonly bytes: number;
    readonly answer: AsyncResult<ProviderError, AppendedRows>;
    /** Monotonic milliseconds at which it joined. */
    readonly joinedAt: number;
    readonly timeLeft: () => number;
    readonly isAnswered: () => boolean;
    readonly settle: (outcome: PartOutcome) => void;
    readonly reject: (error: unknown) => void;
  };

type Charges = {
  /** Charges the caller's tenant once. With `withCall`, also the request, in the same atomic step. */
  readonly pay: (withCall: boolean) => AsyncResult<ProviderError, void>;
  readonly isPaid: () => boolean;
  /** Pays for the request as a caller that has already paid for itself. */
  readonly payCall: () => AsyncResult<ProviderError, void>;
  /** True when the request is recorded as this caller's: it has paid for it, or stands in for the payer. */
  readonly bearsCall: () => boolean;
  readonly standFor: () => void;
};

type Departures = {
  /**
   * Its rows are being sent, so they cannot be withdrawn any more. `othersWait`: whether another caller waits for the
   * outcome of the same request.
   */
  readonly send: (othersWait: () => boolean) => void;
  /** The rows did not arrive and will be sent again. False when it is answered already or was tried often enough. */
  readonly takeBack: () => boolean;
};

type Deps = { readonly clock: Pick<Clock, 'monotonic'>; readonly sleep: Sleep };

const MOST_TRIES = 3;
const NOT_SENT = heldBack('the time was over before these rows could be sent; nothing was written');
const NOT_TOLD: ProviderError = {
  kind: 'outcome-unknown',
  message: 'the rows were sent, and the provider did not answer in time',
};

/** `leave` removes it from its lane when its time is over or its caller disconnects before its rows are sent. */
export const waitingAppend = (
  { clock, sleep }: Deps,
  access: ProviderAccess,
  asked: LaneAppend,
  leave: (one: WaitingAppend) => void,
): WaitingAppend => {
  const joinedAt = clock.monotonic();
  const over = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<PartOutcome>();
  const { isUnderWay, othersWait, ...departures } = departuresUntil(over.signal);

  const end = (): void => {
    over.abort();
    access.signal.removeEventListener('abort', whenGone);
  };
  const whenGone = (): void => {
    if (isUnderWay()) return;
    leave(one);
    one.settle(left(NOT_SENT));
  };
  const one: WaitingAppend = {
    ...chargesOf(asked),
    ...departures,
    access,
    asked,
    rows: asked.request.rows.length,
    bytes: bytesOf(asked),
    answer: promise,
    joinedAt,
    timeLeft: () => joinedAt + access.timeoutMs - clock.monotonic(),
    isAnswered: () => over.signal.aborted,
    settle: (outcome) => {
      end();
      resolve(outcome);
    },
    reject: (error) => {
      end();
      reject(error);
    },
  };
  access.signal.addEventListener('abort', whenGone);
  // The caller disconnected earlier, for instance while others paid: answered once it is in the lane.
  if (access.signal.aborted) queueMicrotask(whenGone);
  void sleep(access.timeoutMs, over.signal).then(() =>
    isUnderWay() ? one.settle(left(othersWait() ? sharedFailure(NOT_TOLD) : NOT_TOLD)) : whenGone(),
  );
  return one;
};

const BLANK_BYTES = '{},'.length;
const bytesOf = ({ request: { rows }, marked }: LaneAppend): number =>
  Buffer.byteLength(JSON.stringify(rows)) + rows.length * (marked?.firstColumn ?? 0) * BLANK_BYTES;

type OnItsWay = { readonly isUnderWay: () => boolean; readonly othersWait: () => boolean };

/** Tracks whether its rows are being sent, and how often they were. */
const departuresUntil = (over: AbortSignal): Departures & OnItsWay => {
  let isUnderWay = false;
  let tries = 0;
  let othersWait = (): boolean => false;
  return {
    isUnderWay: () => isUnderWay,
    othersWait: () => othersWait(),
    send: (others) => {
      isUnderWay = true;
      tries += 1;
      othersWait = others;
    },
    takeBack: () => {
      isUnderWay = false;
      return !over.aborted && tries < MOST_TRIES;
    },
  };
};

const chargesOf = ({ quota }: LaneAppend): Charges => {
  let isPaid = false;
  let bearsCall = false;
  return {
    pay: async (withCall) => {
      if (isPaid) return right(undefined);
      const paid = await quota.payCaller(withCall);
      isPaid = !isLeft(paid);
      bearsCall = isPaid && withCall;
      return paid;
    },
    isPaid: () => isPaid,
    payCall: async () => {
      const paid = await quota.payCall();
      bearsCall ||= !isLeft(paid);
      return paid;
    },
    bearsCall: () => bearsCall,
    standFor: () => {
      bearsCall = true;
      quota.standFor();
    },
  };
};
