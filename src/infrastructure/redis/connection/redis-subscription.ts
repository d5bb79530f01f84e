import type { Sleep } from '../../../domain/shared/clock.ts';
import { answerInTime } from './answer-in-time.ts';
import { RedisAway } from './redis-away.ts';
import type { RedisClient } from './redis-clients.ts';

export type SubscriptionListener = {
  readonly onMessage: (text: string) => void;
  /** Messages published from now on may be missed. */
  readonly onLost: () => void;
};

type Deps = SubscriptionListener & {
  /** Of its own: a subscribed connection can do nothing else. */
  readonly client: RedisClient;
  readonly channel: string;
  readonly sleep: Sleep;
  /** Whether Redis is unreachable, so that this connection cannot exist either. */
  readonly isAway?: () => boolean;
  /** Called with each failed attempt. */
  readonly onFailed?: (error: unknown) => void;
  /** Called every second, once there has been no connection for some seconds although Redis was reachable. */
  readonly onNoConnection?: () => void;
};

/** Subscribing again costs nothing where the subscription stands, and detects a connection that died silently. */
const AGAIN_EVERY_MS = 1_000;
const PATIENCE_MS = 2_000;
/** After a loss, connecting takes no longer than this where it is possible at all. */
const LOOKS_TO_CONNECT = 2;

/**
 * Keeps one channel subscribed as long as Redis is there. The driver resubscribes after a loss, but not if the first
 * subscription was lost on its way, and it leaves the error of a refused one unhandled. So this class subscribes
 * itself, after each connection and every second.
 */
export class RedisSubscription {
  readonly #deps: Deps;
  readonly #stop = new AbortController();
  readonly #firstTime = Promise.withResolvers<void>();
  #nap = new AbortController();
  #isHeard = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { client, channel } = deps;
    client.on('message', (on: string, text: string) => on === channel && deps.onMessage(text));
    client.on('ready', () => this.#nap.abort());
    client.on('close', () => this.#lost());
    void this.#untilStopped();
  }

  /** Messages published now are received, unless the connection has just died unnoticed. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Resolves with the first successful subscription. */
  begun(): Promise<void> {
    return this.#firstTime.promise;
  }

  close(): void {
    this.#stop.abort();
    this.#nap.abort();
    this.#deps.client.disconnect();
  }

  async #untilStopped(): Promise<void> {
    const { signal } = this.#stop;
    for (let looks = 0; !signal.aborted;) {
      this.#nap = new AbortController();
      const isReady = this.#deps.client.status === 'ready';
      looks = isReady || this.#deps.isAway?.() === true ? 0 : looks + 1;
      if (isReady) await this.#subscribe();
      else if (looks > LOOKS_TO_CONNECT) this.#deps.onNoConnection?.();
      if (!signal.aborted) await this.#deps.sleep(AGAIN_EVERY_MS, this.#nap.signal);
    }
  }

  async #subscribe(): Promise<void> {
    const { client, channel } = this.#deps;
    try {
      await answerInTime(client.subscribe(channel), PATIENCE_MS);
      this.#isHeard = client.status === 'ready';
      if (this.#isHeard) this.#firstTime.resolve();
    } catch (error) {
      this.#lost();
      this.#deps.onFailed?.(error);
      if (!this.#stop.signal.aborted && error instanceof RedisAway) client.disconnect(true);
    }
  }

  #lost(): void {
    if (!this.#isHeard) return;
    this.#isHeard = false;
    this.#deps.onLost();
  }
}
