import type { Clock, Random, Sleep } from '../../../domain/shared/clock.ts';
import { answerInTime } from './answer-in-time.ts';
import { LossReason } from './loss-reason.ts';
import { openSubscription } from './open-subscription.ts';
import { databaseRefusal, isCommandFault, isRefusal, reasonOf, RedisAway } from './redis-away.ts';
import { openClient, revived, type RedisClient } from './redis-clients.ts';
import { RedisPresence } from './redis-presence.ts';
import { RedisProbe } from './redis-probe.ts';
import type { RedisSubscription, SubscriptionListener } from './redis-subscription.ts';
import type { RedisTarget } from './redis-url.ts';

export type RedisConnectionDeps = {
  readonly target: RedisTarget;
  /** What every key begins with, so that installations and tests may share a server. */
  readonly keyPrefix: string;
  readonly sleep: Sleep;
  readonly monotonic: Clock['monotonic'];
  readonly random: Random;
  readonly onFailed?: (operation: string) => void;
  /** Redis went away, or is away for another reason than before. */
  readonly onAway?: (error: RedisAway) => void;
  /** Redis answers. Called about once a second as long as it does. */
  readonly onAnswering?: () => void;
  /** Redis is there and has refused a command, for a reason that is no mistake in it. */
  readonly onRefused?: (error: RedisAway) => void;
  /** A command not answered by then is given up: what a Redis that hangs may cost a call. */
  readonly commandTimeoutMs?: number;
};

const COMMAND_TIMEOUT_MS = 50;
/** Between two attempts to find the master where a copy has answered. */
const TURN_AWAY_EVERY_MS = 1_000;

/** Our own, which says whether it is there; what else it is good for, the others say. */
const PING = 'ping';
/** What a copy answers to a write. */
const READONLY = 'READONLY';

/** The arguments of a script: with an unknown number of keys, that number comes first. */
export type RedisScript = (...args: readonly (string | number)[]) => Promise<unknown>;

/**
 * Redis, as something that may be away at any moment. Every command ends within tens of milliseconds; after a
 * few failures in a row, or when the connection is lost, all are refused at once. A ping of our own, one at a
 * time, finds out that Redis is back, so that no caller has to try, and also that it went while nobody asked.
 */
export class RedisConnection {
  readonly keyPrefix: string;
  readonly #deps: RedisConnectionDeps;
  readonly #presence: RedisPresence;
  readonly #client: RedisClient;
  readonly #loss: LossReason;
  readonly #subscriptions: RedisSubscription[] = [];
  readonly #stop = new AbortController();
  readonly #firstAnswer = Promise.withResolvers<void>();
  readonly #probe: RedisProbe;
  #turnedAwayAt = Number.NEGATIVE_INFINITY;

  constructor(deps: RedisConnectionDeps) {
    this.#deps = deps;
    this.keyPrefix = deps.keyPrefix;
    this.#presence = new RedisPresence(deps);
    this.#loss = new LossReason(deps);
    this.#client = revived(openClient(deps.target, deps.random), deps.sleep, this.#stop.signal);
    // The driver would print what nobody listens to. What counts is whether commands are answered.
    this.#client.on('error', (error: unknown) => this.#met(error));
    this.#client.on('ready', () => {
      this.#loss.forget();
      this.#probe.hurry();
    });
    this.#client.on('close', () => void this.#closed());
    this.#probe = new RedisProbe({
      ping: () => this.#bounded(PING, (client) => client.ping()),
      onAnswer: () => {
        this.#firstAnswer.resolve();
        this.#presence.return();
      },
      sleep: deps.sleep,
    });
  }

  /** Where its database is refused the driver would go on in number 0, which may be somebody else's. */
  #met(error: unknown): void {
    const refusal = databaseRefusal(error);
    this.#loss.met(refusal ?? error);
    if (refusal !== undefined) this.#client.disconnect(true);
  }

  async #closed(): Promise<void> {
    const { signal } = this.#stop;
    if (this.isAway) {
      await this.#loss.listenAtTheDoor();
      // It may be back meanwhile.
      if (!this.isAway) return;
    }
    if (!signal.aborted && this.#presence.leave(this.#loss.error)) this.#probe.hurry();
  }

  get isAway(): boolean {
    return this.#presence.away !== undefined;
  }

  /** While it answers: why it has lately refused some of what it was asked for. */
  get refusal(): RedisAway | undefined {
    return this.#presence.refusal;
  }

  /** Resolves with the first answer, or after `patienceMs`: a service starts without Redis too. */
  async firstAnswer(patienceMs: number): Promise<void> {
    const answered = new AbortController();
    await Promise.race([this.#firstAnswer.promise, this.#deps.sleep(patienceMs, answered.signal)]);
    answered.abort();
    if (this.isAway) this.#presence.neverCame(this.#loss.error);
  }

  /**
   * `operation` is a metric label: a word from the code. Rejects with `RedisAway` at once or within the time
   * limit; the driver's own error passes when Redis calls the command itself wrong.
   */
  run<A>(operation: string, work: (client: RedisClient) => Promise<A>): Promise<A> {
    const { away } = this.#presence;
    return away === undefined ? this.#bounded(operation, work) : Promise.reject(away);
  }

  /** Registers a Lua script; to be called inside `run`. Sent once a connection, then named by its hash. */
  script(name: string, lua: string, numberOfKeys?: number): RedisScript {
    this.#client.defineCommand(name, { lua, ...(numberOfKeys === undefined ? {} : { numberOfKeys }) });
    const commands = this.#client as unknown as Record<string, RedisScript>;
    return (...args) => (commands[name] as RedisScript).apply(commands, args as (string | number)[]);
  }

  /** Hears a channel over a connection of its own, whenever Redis is there; closed with this one. */
  subscribe(channel: string, listener: SubscriptionListener): RedisSubscription {
    const news = {
      isAway: () => this.isAway,
      onFailed: (error: unknown) => void this.#noteRefusal(error),
      onNoPlace: (why: RedisAway) => this.#tellRefusal(why),
    };
    const deps = { ...this.#deps, ...news, stopped: this.#stop.signal };
    const subscription = openSubscription(deps, channel, listener);
    this.#subscriptions.push(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#probe.close();
    this.#client.disconnect();
    for (const subscription of this.#subscriptions) subscription.close();
    this.#presence.close();
  }

  async #bounded<A>(operation: string, work: (client: RedisClient) => Promise<A>): Promise<A> {
    const { commandTimeoutMs = COMMAND_TIMEOUT_MS } = this.#deps;
    const answer = work(this.#client);
    try {
      const value = await answerInTime(answer, commandTimeoutMs);
      this.#presence.answered();
      return value;
    } catch (error) {
      throw this.#failed(operation, error);
    }
  }

  #failed(operation: string, error: unknown): unknown {
    this.#deps.onFailed?.(operation);
    if (isCommandFault(error)) return error;
    const away = error instanceof RedisAway ? error : new RedisAway(reasonOf(error));
    if (this.#stop.signal.aborted) return away;
    if (away.reason === READONLY) this.#turnAway(away);
    // A refusal is an answer, and of other use Redis may be: only where not even pings are answered is it away.
    const isThere = operation !== PING && this.#noteRefusal(error);
    if (!isThere && this.#presence.failed(away)) this.#probe.hurry();
    return away;
  }

  /** Whether it is one. */
  #noteRefusal(error: unknown): boolean {
    if (!isRefusal(error)) return false;
    this.#tellRefusal(new RedisAway(reasonOf(error)));
    return true;
  }

  #tellRefusal(away: RedisAway): void {
    this.#presence.refused(away);
    this.#deps.onRefused?.(away);
  }

  /**
   * The server has become a copy, and keeps its connections: only a new one is led to the new master, where a name or
   * a proxy stands for whoever that is. A cluster and Sentinels tell the driver by themselves.
   */
  #turnAway(away: RedisAway): void {
    const now = this.#deps.monotonic();
    if (this.#deps.target.isCluster || now - this.#turnedAwayAt < TURN_AWAY_EVERY_MS) return;
    this.#turnedAwayAt = now;
    this.#loss.met(away);
    this.#client.disconnect(true);
  }
}
