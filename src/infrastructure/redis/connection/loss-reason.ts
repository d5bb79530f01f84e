import { connect } from 'node:net';
import type { Clock } from '../../../domain/shared/clock.ts';
import { reasonOf, RedisAway } from './redis-away.ts';
import type { RedisTarget } from './redis-url.ts';

type Deps = {
  readonly target: Pick<RedisTarget, 'nodes' | 'isCluster' | 'sentinel' | 'tls'>;
  readonly monotonic: Clock['monotonic'];
};

/** Follows from whatever else was wrong. */
const NOT_CONNECTED = 'not connected';
/** Somebody took the connection and ended it. */
const BROKEN: ReadonlySet<string> = new Set([NOT_CONNECTED, 'EPIPE', 'ECONNRESET']);
const ASK_EVERY_MS = 1_000;
/** Milliseconds; it is said before anything is asked, or not at all. */
const PATIENCE_MS = 250;

/** Why there is no connection, as far as it is known. */
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

  /** Nothing that says less than what is known. */
  met(error: unknown): void {
    const reason = reasonOf(error);
    const follows = this.#error instanceof RedisAway ? BROKEN.has(reason) : reason === NOT_CONNECTED;
    if (this.#error === undefined || !follows) this.#error = error;
  }

  /** There is one. */
  forget(): void {
    this.#error = undefined;
  }

  /**
   * A Redis with no place for one more, or in protected mode, says so to whoever comes, and ends the connection. The
   * driver speaks first, and then mostly finds it broken before it has read anything. It comes again sooner than that
   * may be heard: who asks meanwhile waits for it too, and does not tell that the connection was broken.
   */
  listenAtTheDoor(): Promise<void> {
    this.#listening ??= this.#listen().finally(() => (this.#listening = undefined));
    return this.#listening;
  }

  async #listen(): Promise<void> {
    const { target, monotonic } = this.#deps;
    const [node] = target.nodes;
    // Before the handshake of TLS nothing can be said; and where the others are, only the driver knows.
    const isSilent = target.tls || target.isCluster || target.sentinel !== undefined || node === undefined;
    const isExplained = this.#error instanceof RedisAway || !BROKEN.has(reasonOf(this.#error));
    if (isSilent || isExplained || monotonic() - this.#askedAt < ASK_EVERY_MS) return;
    this.#askedAt = monotonic();
    const words = await firstWords(node);
    // Or there is one meanwhile, and the next loss has a reason of its own.
    if (words !== undefined && this.#error !== undefined) this.#error = new RedisAway(words);
  }
}

/** Of an error in Redis's protocol: its code, or what it says where it has none. */
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
