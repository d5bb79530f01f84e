import type { Boarding, ClusterFlights } from '../../../application/provider-call/cluster-flights.ts';
import type { Timers } from '../../../application/timers.ts';
import type { IdSource } from '../../../domain/shared/clock.ts';
import { flightListeners, flightMessage, type FlightListener } from './flight-listeners.ts';
import { BOARD, LAND, RENEW } from './flight-scripts.ts';
import type { RedisConnection, RedisScript } from '../connection/redis-connection.ts';
import type { RedisSubscription } from '../connection/redis-subscription.ts';
import { withoutUnreadable } from '../unreadable-keys.ts';

type Deps = {
  readonly redis: Pick<RedisConnection, 'keyPrefix' | 'run' | 'script' | 'subscribe'>;
  readonly ids: IdSource;
  readonly timers: Timers;
  /** The longest time by which a crashed leader delays anybody. Renewed three times within it. */
  readonly leaseMs?: number;
};

const LEASE_MS = 1_500;
/** How long a landed flight is remembered: a call that looked into the cache before it landed is told to look again. */
const MEMORY_MS = 15_000;
const RENEWALS_A_LEASE = 3;
/** Redis's clock is read in whole milliseconds, so a lease is certainly over only this much later. */
const ROUNDING_MS = 2;

const ALONE: Boarding = { kind: 'alone' };

/**
 * Single flight across replicas: a lease on a hash in Redis, and a pub/sub channel for each replica, over which leaders
 * tell how a flight landed. The subscription has a connection of its own. The key of the flight is the hash tag of its
 * Redis key.
 */
export class RedisFlights implements ClusterFlights {
  readonly #deps: Deps;
  readonly #leaseMs: number;
  readonly #channel: string;
  readonly #listeners = flightListeners();
  readonly #subscription: Pick<RedisSubscription, 'begun' | 'isHeard'>;
  readonly #scripts: { readonly [name in 'board' | 'renew' | 'land']: RedisScript };

  constructor(deps: Deps) {
    const { redis, ids, leaseMs = LEASE_MS } = deps;
    this.#deps = deps;
    this.#leaseMs = leaseMs;
    this.#channel = `${redis.keyPrefix}flights:${ids.uuid()}`;
    this.#scripts = {
      board: redis.script('integrationBoard', BOARD, 1),
      renew: redis.script('integrationRenew', RENEW, 1),
      land: redis.script('integrationLand', LAND, 1),
    };
    this.#subscription = redis.subscribe(this.#channel, {
      onMessage: (text) => this.#listeners.tell(text),
      // Messages published meanwhile are lost: whoever waits for one looks into the cache again.
      onLost: () => this.#listeners.stopAll(),
    });
  }

  /** Resolves when this replica hears messages of others. Until then each of its calls loads for itself. */
  ready(): Promise<void> {
    return this.#subscription.begun();
  }

  async board(key: string, askedMsAgo: number, signal: AbortSignal | undefined): Promise<Boarding> {
    if (!this.#subscription.isHeard) return ALONE;
    const listener = this.#listeners.open(key);
    const reply = await this.#asked(key, askedMsAgo);
    if (reply === undefined) return unheard(listener, ALONE);
    const { role, fence, leaseMs } = reply;
    if (role === 'landed') return unheard(listener, { kind: 'landed' });
    if (role === 'follower') return this.#following(listener, fence, leaseMs, signal);
    return unheard(listener, this.#leading(key, fence, role === 'overtaker'));
  }

  async #asked(key: string, askedMsAgo: number): Promise<Reply | undefined> {
    const args = [this.#channel, this.#leaseMs, Math.ceil(askedMsAgo), MEMORY_MS];
    let answer: Promise<unknown> = Promise.resolve();
    try {
      return replyFrom(
        await this.#deps.redis.run(
          'flight-board',
          () => (answer = this.#scripts.board(this.#at(key), ...args)),
        ),
      );
    } catch (error) {
      void withoutUnreadable(this.#deps.redis, [this.#at(key)], error).catch(() => undefined);
      // The command may still be carried out: hand back a lease won that way, or others would wait for a leader that
      // does not know it is one.
      answer.then(
        (late) => this.#giveBack(key, replyFrom(late)),
        () => undefined,
      );
      return undefined;
    }
  }

  #giveBack(key: string, reply: Reply | undefined): void {
    if (reply?.role === 'leader' || reply?.role === 'overtaker') this.#land(key, reply.fence, 'failed', '');
  }

  #following(
    listener: FlightListener,
    fence: number,
    leaseMs: number,
    signal: AbortSignal | undefined,
  ): Boarding {
    const { timers } = this.#deps;
    // After a pause, a process runs timers that are due before it reads its sockets: read those once more first.
    const timer = timers.set(() => setImmediate(listener.stop), leaseMs + ROUNDING_MS);
    signal?.addEventListener('abort', listener.stop, { once: true });
    const over = (): void => {
      timers.clear(timer);
      signal?.removeEventListener('abort', listener.stop);
    };
    listener.hear(fence);
    void listener.news.then(over);
    if (signal?.aborted === true) listener.stop();
    return { kind: 'follower', news: listener.news };
  }

  #leading(key: string, fence: number, tookOver: boolean): Boarding {
    const { redis, timers } = this.#deps;
    let renewal: unknown;
    const renewLater = (): void => {
      renewal = timers.set(renew, this.#leaseMs / RENEWALS_A_LEASE);
    };
    const renew = (): void => {
      renewLater();
      const args = [fence, this.#leaseMs, MEMORY_MS];
      redis
        .run('flight-renew', () => this.#scripts.renew(this.#at(key), ...args))
        .then(
          (renewed) => renewed === 0 && timers.clear(renewal),
          () => undefined,
        );
    };
    renewLater();
    return {
      kind: 'leader',
      tookOver,
      land: (outcome, news) => {
        timers.clear(renewal);
        this.#land(key, fence, outcome, news);
      },
    };
  }

  #land(key: string, fence: number, outcome: 'answered' | 'failed', news: string): void {
    const args = [fence, outcome, flightMessage(key, news), MEMORY_MS];
    this.#deps.redis
      .run('flight-land', () => this.#scripts.land(this.#at(key), ...args))
      .catch(() => undefined);
  }

  #at(key: string): string {
    return `${this.#deps.redis.keyPrefix}flight:{${key}}`;
  }
}

/** Stops listening, since this boarding waits for no news. */
const unheard = (listener: FlightListener, boarding: Boarding): Boarding => {
  listener.stop();
  return boarding;
};

type Reply = {
  readonly role: 'leader' | 'overtaker' | 'follower' | 'landed';
  readonly fence: number;
  readonly leaseMs: number;
};

const replyFrom = (reply: unknown): Reply | undefined => {
  if (!Array.isArray(reply)) return undefined;
  const [role, fence, leaseMs] = reply as unknown as readonly [Reply['role'], number, number];
  return { role, fence, leaseMs };
};
