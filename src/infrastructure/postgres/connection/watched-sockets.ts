import { Socket } from 'node:net';
import { patience } from '../../system/patience.ts';
import { systemSleep } from '../../system/system-clock.ts';
import type { DatabaseAway } from './database-away.ts';

/**
 * Milliseconds within which a new connection must receive its first byte: TCP, TLS and the fork of a backend, on a busy
 * machine.
 */
const FIRST_BYTE_MS = 2_000;

/**
 * The sockets of the pools, so that all that wait for a silent database can be ended at once, whether in use, idle or
 * still connecting. `stream` is an option of `pg`.
 */
export class WatchedSockets {
  readonly #open = new Set<Socket>();
  readonly #onLost: () => void;
  #bytesOfClosed = 0;
  #refusal: DatabaseAway | undefined;

  /** `onLost`: a connection broke or ended, and perhaps the database with it. */
  constructor(onLost: () => void) {
    this.#onLost = onLost;
  }

  readonly stream = (): Socket => (this.#refusal === undefined ? this.#opened() : dead(this.#refusal));

  /** Grows whenever the database sends anything to anybody. */
  get bytesRead(): number {
    let bytes = this.#bytesOfClosed;
    for (const socket of this.#open) bytes += socket.bytesRead;
    return bytes;
  }

  /** Ends every connection with this error, and each new one before it is established, until `admit`. */
  refuse(error: DatabaseAway): void {
    this.#refusal = error;
    for (const socket of this.#open) socket.destroy(error);
  }

  admit(): void {
    this.#refusal = undefined;
  }

  #opened(): Socket {
    const socket = new Socket();
    this.#open.add(socket);
    const closed = new AbortController();
    // Judged in two steps, so that a process that was paused while starting does not blame the database.
    void patience(systemSleep, FIRST_BYTE_MS, closed.signal).then(() => {
      if (!closed.signal.aborted && socket.bytesRead === 0) socket.destroy(firstByteMissing());
    });
    socket.once('close', () => {
      closed.abort('closed');
      this.#open.delete(socket);
      this.#bytesOfClosed += socket.bytesRead;
      if (this.#refusal === undefined) this.#onLost();
    });
    return socket;
  }
}

const firstByteMissing = (): Error =>
  Object.assign(new Error(`no answer to a new connection within ${FIRST_BYTE_MS} ms`), { code: 'ETIMEDOUT' });

const dead = (error: Error): Socket => {
  const socket = new Socket();
  socket.connect = () => {
    process.nextTick(() => socket.destroy(error));
    return socket;
  };
  return socket;
};
