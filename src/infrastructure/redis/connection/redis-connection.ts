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
  /** Prefix of all keys, so that installations and tests may share a server. */
  readonly keyPrefix: string;
  readonly sleep: Sleep;
  readonly monotonic: Clock['monotonic'];
  readonly random: Random;
  readonly onFailed?: (operation: string) => void;
  /** Redis went away, or is away for a new reason. */
  readonly onAway?: (error: RedisAway) => void;
  /** Redis answers. Called about once a second as long as it does. */
  readonly onAnswering?: () => void;
  /** Redis is there but refused a command for a reason other than a mistake in it. */
  readonly onRefused?: (error: RedisAway) => void;
  /** A command that takes longer fails: the most that a hanging Redis may cost a call. */
  readonly commandTimeoutMs?: number;
};

const COMMAND_TIMEOUT_MS = 50;
/** Pause between two reconnects to find the master, after a read-only replica has answered. */
const TURN_AWAY_EVERY_MS = 1_000;

/** Our own ping decides whether Redis is there; other commands show which of them it refuses. */
const PING = 'ping';
/** Error code of a read-only replica that is asked to write. */
const READONLY = 'READONLY';

/** The arguments of a script; if its number of keys varies, that number comes first. */
export type RedisScript = (...args: readonly (string | number)[]) => Promise<unknown>;

/**
 * A connection to Redis that may be lost at any moment. Every command ends within tens of milliseconds; after several
 * failures in a row, or when the connection is lost, all commands fail at once. A ping, one at a time, finds out when
 * Redis is back, so that no caller has to try, and also notices a loss while nobody asks.
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
    // Without a listener the driver prints errors. What counts is whether commands are answered.
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

  /** If the database of the URL is refused, the driver would go on in database 0, which may be somebody else's. */
  #met(error: unknown): void {
    const refusal = databaseRefusal(error);
    this.#loss.met(refusal ?? error);
    if (refusal !== undefined) this.#client.disconnect(true);
  }

  async #closed(): Promise<void> {
    const { signal } = this.#stop;
    if (this.isAway) {
      await this.#loss.listenAtTheDoor();
      // It may have come back meanwhile.
      if (!this.isAway) return;
    }
    if (!signal.aborted && this.#presence.leave(this.#loss.error)) this.#probe.hurry();
  }

  get isAway(): boolean {
    return this.#presence.away !== undefined;
  }

  /** While Redis answers: why it has recently refused some commands. */
  get refusal(): RedisAway | undefined {
    return this.#presence.refusal;
  }

  /** Resolves with the first answer, or after `patienceMs`: the service starts without Redis, too. */
  async firstAnswer(patienceMs: number): Promise<void> {
    const answered = new AbortController();
    await Promise.race([this.#firstAnswer.promise, this.#deps.sleep(patienceMs, answered.signal)]);
    answered.abort();
    if (this.isAway) this.#presence.neverCame(this.#loss.error);
  }

  /**
   * Runs one command. `operation` is a metric label: a word from the code. Rejects with `RedisAway`, at once or within
   * the time limit; the driver's own error passes through only when Redis says that the command itself is wrong.
   */
  run<A>(operation: string, work: (client: RedisClient) => Promise<A>): Promise<A> {
    const { away } = this.#presence;
    return away === undefined ? this.#bounded(operation, work) : Promise.reject(away);
  }

  /**
   * Registers a Lua script, to be called inside `run`. Its text is sent once per connection, then named by its hash
   * (EVALSHA).
   */
  script(name: string, lua: string, numberOfKeys?: number): RedisScript {
    this.#client.defineCommand(name, { lua, ...(numberOfKeys === undefined ? {} : { numberOfKeys }) });
    const commands = this.#client as unknown as Record<string, RedisScript>;
    return (...args) => (commands[name] as RedisScript).apply(commands, args as (string | number)[]);
  }

  /** Subscribes to a channel over a connection of its own, whenever Redis is there; closed together with this one. */
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
    // A refusal is an answer, and other commands may work: Redis is away only when pings are not answered either.
    const isThere = operation !== PING && this.#noteRefusal(error);
    if (!isThere && this.#presence.failed(away)) this.#probe.hurry();
    return away;
  }

  /** Records the error if it is a refusal, and tells whether it was one. */
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
   * After a failover the server has become a read-only replica and keeps its connections. Where a host name or a proxy
   * stands for the current master, only a new connection leads there. In a cluster or with Sentinels the driver finds
   * the master by itself.
   */
  #turnAway(away: RedisAway): void {
    const now = this.#deps.monotonic();
    if (this.#deps.target.isCluster || now - this.#turnedAwayAt < TURN_AWAY_EVERY_MS) return;
    this.#turnedAwayAt = now;
    this.#loss.met(away);
    this.#client.disconnect(true);
  }
}
