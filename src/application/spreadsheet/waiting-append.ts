import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import { sharedFailure, type ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { KeyedWrite } from '../once-only.ts';
import type { CallQuota } from '../provider-call/leave.ts';
import type { AppendedRows, AppendPart, PartOutcome } from './append-parts.ts';
import { heldBack } from './send-batch.ts';

/** What a caller asks of a lane. */
export type LaneAppend = AppendPart & {
  /** Of a keyed append without a mark. Nobody can find out whether it is written already, so it is not sent again. */
  readonly unmarked: Pick<KeyedWrite, 'maybeSent' | 'sending'> | undefined;
  readonly quota: CallQuota;
};

/** One caller in a lane. It is answered exactly once, at the latest when its time is over. */
export type WaitingAppend = Charges &
  Departures & {
    readonly access: ProviderAccess;
    readonly asked: LaneAppend;
    readonly rows: number;
    /** Of its rows as JSON, with the blank cells that marked rows have before their first column. */
    readonly bytes: number;
    readonly answer: AsyncResult<ProviderError, AppendedRows>;
    /** Monotonic milliseconds. */
    readonly joinedAt: number;
    readonly timeLeft: () => number;
    readonly isAnswered: () => boolean;
    readonly settle: (outcome: PartOutcome) => void;
    readonly reject: (error: unknown) => void;
  };

type Charges = {
  /** The caller against its tenant, once. `withCall`: in the same step the call that it goes along with. */
  readonly pay: (withCall: boolean) => AsyncResult<ProviderError, void>;
  readonly isPaid: () => boolean;
  /** The call that it goes along with, when it is paid already. */
  readonly payCall: () => AsyncResult<ProviderError, void>;
  /** A call is recorded as its own: it has paid for it, or stands for it. */
  readonly bearsCall: () => boolean;
  readonly standFor: () => void;
};

type Departures = {
  /**
   * Its rows leave now: from here on nobody can take them out. `othersWait`: whether another one waits for what becomes
   * of the same call.
   */
  readonly send: (othersWait: () => boolean) => void;
  /** They did not arrive, and leave again. False when it has its answer already, or has tried often enough. */
  readonly takeBack: () => boolean;
};

type Deps = { readonly clock: Pick<Clock, 'monotonic'>; readonly sleep: Sleep };

const MOST_TRIES = 3;
const NOT_SENT = heldBack('the time was over before these rows could be sent; nothing was written');
const NOT_TOLD: ProviderError = {
  kind: 'outcome-unknown',
  message: 'the rows were sent, and the provider did not answer in time',
};

/** `leave` takes it out of its lane: its time is over, or its caller gone, before it was sent. */
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
  // Gone before it came, as while others paid: told when it stands in its lane.
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

/** Where its rows are, and how often they have left. */
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
