import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { joinedPieces } from '../../domain/shared/joined-pieces.ts';

export type Outgoing = {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Record<string, string>;
  readonly body: string | null;
};

export type Incoming = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
};

type Limits = {
  readonly timeoutMs: number;
  /** Aborts when the caller that waits for the answer goes away. */
  readonly signal: AbortSignal;
  /** Called when the connection is established and the request is sent on it. */
  readonly onSending: (() => void) | undefined;
  /** False if there is no room for so many more bytes of the answer. */
  readonly mayHold: ((bytes: number) => boolean) | undefined;
};

export const OUT_OF_TIME = 'ERR_OUT_OF_TIME';
export const CALLER_GONE = 'ERR_CALLER_GONE';
export const NO_ROOM = 'ERR_NO_ROOM';

/**
 * One request, one attempt: resolves with the complete answer, or with only the status of a failure if the rest does
 * not come; rejects with an Error that has a code.
 */
export const exchange = (
  pool: Pick<Dispatcher, 'dispatch'>,
  outgoing: Outgoing,
  limits: Limits,
): Promise<Incoming> =>
  new Promise((resolve, reject) => {
    pool.dispatch(outgoing, new AnswerTaker(limits, resolve, reject));
  });

/** Limits the whole exchange by elapsed time, since a provider that sends slowly resets every limit between bytes. */
class AnswerTaker implements Dispatcher.DispatchHandler {
  readonly #limits: Limits;
  readonly #resolve: (incoming: Incoming) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #lastLook: NodeJS.Immediate | undefined;
  readonly #body = joinedPieces();
  #controller: Dispatcher.DispatchController | undefined;
  #givenUp: Error | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};

  constructor(limits: Limits, resolve: (incoming: Incoming) => void, reject: (error: Error) => void) {
    this.#limits = limits;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(this.#onLate, limits.timeoutMs);
    limits.signal.addEventListener('abort', this.#onGone, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection for longer than its caller waited.
    if (this.#givenUp === undefined) this.#limits.onSending?.();
    else controller.abort(this.#givenUp);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#limits.mayHold?.(chunk.length) === false) this.#giveUp(NO_ROOM);
    else this.#body.add(chunk);
  }

  onResponseEnd(): void {
    this.#release();
    this.#answer(this.#body.whole());
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#settleWithout(error);
  }

  /** After a pause of the process the answer may be here but not read yet, which happens before `setImmediate`. */
  readonly #onLate = (): void => {
    this.#lastLook = setImmediate(() => this.#giveUp(OUT_OF_TIME));
  };

  readonly #onGone = (): void => this.#giveUp(CALLER_GONE);

  #giveUp(code: string): void {
    this.#givenUp = Object.assign(new Error('given up'), { code });
    this.#release();
    // Settled before undici reports the abort.
    if (code === OUT_OF_TIME) this.#settleWithout(this.#givenUp);
    else this.#reject(this.#givenUp);
    this.#controller?.abort(this.#givenUp);
  }

  /** The status of a failure is enough, however large, broken or late its body is. */
  #settleWithout(error: Error): void {
    if (this.#status >= 300) this.#answer(Buffer.alloc(0));
    else this.#reject(error);
  }

  #answer(bytes: Buffer): void {
    this.#resolve({ status: this.#status, headers: this.#headers, bytes });
  }

  #release(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastLook);
    this.#limits.signal.removeEventListener('abort', this.#onGone);
  }
}
