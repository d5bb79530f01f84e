import type { Sleep } from '../../domain/shared/clock.ts';
import { isCommandFault, reasonOf, RedisAway } from './redis-away.ts';
import { openClient, openSubscriber, type RedisClient } from './redis-clients.ts';
import type { RedisTarget } from './redis-url.ts';

export type RedisConnectionDeps = {
  readonly target: RedisTarget;
  /** What every key begins with, so that installations and tests may share a server. */
  readonly keyPrefix: string;
  readonly sleep: Sleep;
  readonly onFailed?: (operation: string) => void;
  /** Redis went away. Called once until it is back. */
  readonly onAway?: (error: RedisAway) => void;
  /** Redis answers. Called about once a second as long as it does. */
  readonly onAnswering?: () => void;
  /** A command not answered by then is given up. */
  readonly commandTimeoutMs?: number;
};

const COMMAND_TIMEOUT_MS = 50;
const FAILURES_TO_LEAVE = 5;
/** Many calls at once fail together in one short pause of Redis, which is no reason to leave it. */
const TROUBLE_MS = 100;
const PROBE_EVERY_MS = 1_000;
const FIRST_PROBE_MS = 25;
const REVIVED_AFTER_MS = 100;

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
  readonly #timeoutMs: number;
  readonly #client: RedisClient;
  readonly #subscribers: RedisClient[] = [];
  readonly #stop = new AbortController();
  readonly #firstAnswer = Promise.withResolvers<void>();
  #napping = new AbortController();
  /** What all callers get meanwhile: one object an outage, since a stack trace per call costs more than the call. */
  #away: RedisAway | undefined = new RedisAway('not connected yet');
  #lastError: unknown;
  #failuresInRow = 0;
  #troubleSince = 0;
  #wasTold = false;

  constructor(deps: RedisConnectionDeps) {
    this.#deps = deps;
    this.keyPrefix = deps.keyPrefix;
    this.#timeoutMs = deps.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
    this.#client = openClient(deps.target);
    // The driver would print what nobody listens to. What counts is whether commands are answered.
    this.#client.on('error', (error: unknown) => (this.#lastError = error));
    this.#client.on('ready', () => this.#napping.abort());
    this.#client.on('close', () => this.#leave(this.#lastError));
    this.#reviveAtEnd(this.#client);
    void this.#probeUntilStopped();
  }

  get isAway(): boolean {
    return this.#away !== undefined;
  }

  /** Resolves with the first answer, or after `patienceMs`: a service starts without Redis too. */
  async firstAnswer(patienceMs: number): Promise<void> {
    const answered = new AbortController();
    await Promise.race([this.#firstAnswer.promise, this.#deps.sleep(patienceMs, answered.signal)]);
    answered.abort();
    if (this.#away === undefined) return;
    this.#away = new RedisAway(reasonOf(this.#lastError));
    this.#tellAway(this.#away);
  }

  /**
   * `operation` is a metric label: a word from the code. Rejects with `RedisAway` at once or within the time
   * limit; the driver's own error passes when Redis calls the command itself wrong.
   */
  run<A>(operation: string, work: (client: RedisClient) => Promise<A>): Promise<A> {
    return this.#away === undefined ? this.#bounded(operation, work) : Promise.reject(this.#away);
  }

  /** Registers a Lua script; to be called inside `run`. Sent once a connection, then named by its hash. */
  script(name: string, lua: string, numberOfKeys?: number): RedisScript {
    this.#client.defineCommand(name, { lua, ...(numberOfKeys === undefined ? {} : { numberOfKeys }) });
    const commands = this.#client as unknown as Record<string, RedisScript>;
    return (...args) => (commands[name] as RedisScript).apply(commands, args as (string | number)[]);
  }

  /** A connection of its own, for subscriptions only. It reconnects and subscribes anew by itself; closed with this one. */
  subscriber(): RedisClient {
    const subscriber = openSubscriber(this.#deps.target);
    subscriber.on('error', () => undefined);
    this.#reviveAtEnd(subscriber);
    this.#subscribers.push(subscriber);
    return subscriber;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#napping.abort();
    for (const client of [this.#client, ...this.#subscribers]) client.disconnect();
    this.#away ??= new RedisAway('closed');
  }

  /**
   * The driver (ioredis 5) ends a client for good when it hears of a new master while it asks the Sentinels for one.
   * Connected again, it also subscribes again to what it was subscribed to.
   */
  #reviveAtEnd(client: RedisClient): void {
    const { signal } = this.#stop;
    client.on('end', () => {
      void this.#deps.sleep(REVIVED_AFTER_MS, signal).then(() => {
        if (!signal.aborted) client.connect().catch(() => undefined);
      });
    });
  }

  #bounded<A>(operation: string, work: (client: RedisClient) => Promise<A>): Promise<A> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(this.#failed(operation, error));
      let isOver = false;
      const expire = () => {
        if (isOver) return;
        isOver = true;
        fail(new RedisAway('no answer in time'));
      };
      // A process that was held up finds its timers due before it looks at its sockets: it looks once more.
      const timer = setTimeout(() => setImmediate(expire), this.#timeoutMs);
      const over = (settle: () => void) => {
        clearTimeout(timer);
        if (isOver) return;
        isOver = true;
        settle();
      };
      work(this.#client).then(
        (value) =>
          over(() => {
            this.#failuresInRow = 0;
            resolve(value);
          }),
        (error: unknown) => over(() => fail(error)),
      );
    });
  }

  #failed(operation: string, error: unknown): unknown {
    this.#deps.onFailed?.(operation);
    if (isCommandFault(error)) return error;
    const away = error instanceof RedisAway ? error : new RedisAway(reasonOf(error));
    if (this.#failuresInRow === 0) this.#troubleSince = performance.now();
    this.#failuresInRow += 1;
    const lasts = performance.now() - this.#troubleSince >= TROUBLE_MS;
    if (lasts && this.#failuresInRow >= FAILURES_TO_LEAVE) this.#leave(away);
    return away;
  }

  #leave(error: unknown): void {
    if (this.#away !== undefined || this.#stop.signal.aborted) return;
    const away = error instanceof RedisAway ? error : new RedisAway(reasonOf(error));
    this.#away = away;
    this.#tellAway(away);
    this.#napping.abort();
  }

  #tellAway(away: RedisAway): void {
    if (this.#wasTold) return;
    this.#wasTold = true;
    this.#deps.onAway?.(away);
  }

  #return(): void {
    this.#away = undefined;
    this.#failuresInRow = 0;
    this.#wasTold = false;
    this.#firstAnswer.resolve();
    this.#deps.onAnswering?.();
  }

  async #probeUntilStopped(): Promise<void> {
    const { signal } = this.#stop;
    for (let misses = 1; ;) {
      this.#napping = new AbortController();
      const pauseMs = misses === 0 ? PROBE_EVERY_MS : FIRST_PROBE_MS * 2 ** misses;
      await this.#deps.sleep(Math.min(PROBE_EVERY_MS, pauseMs), this.#napping.signal);
      if (signal.aborted) return;
      const answered = await this.#answersPing();
      if (signal.aborted) return;
      misses = answered ? 0 : misses + 1;
      if (answered) this.#return();
    }
  }

  #answersPing(): Promise<boolean> {
    return this.#bounded('ping', (client) => client.ping()).then(
      () => true,
      () => false,
    );
  }
}
