import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { left, type AsyncResult } from '../../domain/shared/fp.ts';
import type { LaneAppend } from './append-lanes.ts';
import type { AppendedRows, PartOutcome } from './append-parts.ts';
import { heldBack } from './send-batch.ts';

/** One caller in a lane. It is answered exactly once, at the latest when its time is over. */
export type WaitingAppend = {
  readonly access: ProviderAccess;
  readonly asked: LaneAppend;
  readonly rows: number;
  /** Of its rows as JSON. */
  readonly bytes: number;
  readonly answer: AsyncResult<ProviderError, AppendedRows>;
  readonly timeLeft: () => number;
  /** Its rows leave now: from here on nobody can take them out. */
  readonly send: () => void;
  readonly settle: (outcome: PartOutcome) => void;
  readonly reject: (error: unknown) => void;
};

type Deps = { readonly clock: Pick<Clock, 'monotonic'>; readonly sleep: Sleep };

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
  const endAt = clock.monotonic() + access.timeoutMs;
  const over = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<PartOutcome>();
  let isSent = false;

  const settle = (outcome: PartOutcome): void => {
    over.abort();
    access.signal.removeEventListener('abort', whenGone);
    resolve(outcome);
  };
  const whenGone = (): void => {
    if (isSent) return;
    leave(one);
    settle(left(NOT_SENT));
  };
  const one: WaitingAppend = {
    access,
    asked,
    rows: asked.request.rows.length,
    bytes: Buffer.byteLength(JSON.stringify(asked.request.rows)),
    answer: promise,
    timeLeft: () => endAt - clock.monotonic(),
    send: () => void (isSent = true),
    settle,
    reject: (error) => {
      over.abort();
      access.signal.removeEventListener('abort', whenGone);
      reject(error);
    },
  };
  access.signal.addEventListener('abort', whenGone);
  void sleep(access.timeoutMs, over.signal).then(() => (isSent ? settle(left(NOT_TOLD)) : whenGone()));
  return one;
};
