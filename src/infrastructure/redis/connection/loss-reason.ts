import { connect } from 'node:net';
import type { Clock } from '../../../domain/shared/clock.ts';
import { reasonOf, RedisAway } from './redis-away.ts';
import type { RedisTarget } from './redis-url.ts';

type Deps = {
  readonly target: Pick<RedisTarget, 'nodes' | 'isCluster' | 'sentinel' | 'tls'>;
  readonly monotonic: Clock['monotonic'];
};

/** A mere consequence of some earlier failure. */
const NOT_CONNECTED = 'not connected';
/** The connection was accepted and then closed by the other side. */
const BROKEN: ReadonlySet<string> = new Set([NOT_CONNECTED, 'EPIPE', 'ECONNRESET']);
const ASK_EVERY_MS = 1_000;
/** Milliseconds. A server that refuses says so before it is asked anything, or not at all. */
const PATIENCE_MS = 250;

/** The reason why there is no connection, as far as it is known. */
export class LossReason {
  readonly #deps: Deps;
  #error: unknown;
  #askedAt = Number.NEGATIVE_INFINITY;
  #listening: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get error(): unknown {
    return this.#error;
  }

  /** Keeps an error, unless it says less than the one already known. */
  met(error: unknown): void {
    const reason = reasonOf(error);
    const follows = this.#error instanceof RedisAway ? BROKEN.has(reason) : reason === NOT_CONNECTED;
    if (this.#error === undefined || !follows) this.#error = error;
  }

  /** A connection is established. */
  forget(): void {
    this.#error = undefined;
  }

  /**
   * A Redis that has reached its connection limit, or is in protected mode, sends an error to whoever connects and
   * closes. The driver sends first, and so usually finds the connection closed before it has read that error. This
   * opens a plain connection once and only reads. Callers that ask meanwhile wait for the same answer instead of
   * reporting "connection closed", since the driver reconnects sooner than this takes.
   */
  listenAtTheDoor(): Promise<void> {
    this.#listening ??= this.#listen().finally(() => (this.#listening = undefined));
    return this.#listening;
  }

  async #listen(): Promise<void> {
    const { target, monotonic } = this.#deps;
    const [node] = target.nodes;
    // With TLS nothing can be read before the handshake; and in a cluster or behind Sentinels only the driver knows the
    // node.
    const isSilent = target.tls || target.isCluster || target.sentinel !== undefined || node === undefined;
    const isExplained = this.#error instanceof RedisAway || !BROKEN.has(reasonOf(this.#error));
    if (isSilent || isExplained || monotonic() - this.#askedAt < ASK_EVERY_MS) return;
    this.#askedAt = monotonic();
    const words = await firstWords(node);
    // Otherwise there is a connection by now, and its loss will have a reason of its own.
    if (words !== undefined && this.#error !== undefined) this.#error = new RedisAway(words);
  }
}

/** An error reply of Redis: its code, or the text of one that has none. */
const REFUSED = /^-(?:ERR ([\w ]{1,80})|([A-Z]+))/;

const firstWords = (node: { readonly host: string; readonly port: number }): Promise<string | undefined> =>
  new Promise((resolve) => {
    let heard = '';
    const socket = connect({ ...node, timeout: PATIENCE_MS });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (heard += text).includes('\n') && socket.destroy());
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const [, said, code] = REFUSED.exec(heard) ?? [];
      resolve(said ?? code);
    });
  });
