import type { ConfirmChannel } from 'amqplib';
import type { CloudEvent, EventBus, Refusal } from '../../application/event-bus.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { inTime } from '../system/in-time.ts';
import { askedInSteps, STEP_TIMEOUT_MS } from './asked-in-steps.ts';
import { declareForEvents, EventChannel, type EventNames } from './event-channel.ts';
import { eventContent } from './event-message.ts';
import type { KeptChannel } from './kept-channel.ts';
import { outsideBlocks } from './outside-blocks.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';
import { RefusalSearch } from './refusal-search.ts';
import { MessageRefused } from './send-confirmed.ts';
import { toldLimit } from './told-limit.ts';
import type { MadeByOthers } from './topology-part.ts';
import { Waiters } from './waiters.ts';

type Options = {
  readonly connection: Pick<RabbitmqConnection, 'onChannel' | 'onUnblocked' | 'whenBlocked' | 'isBlocked'>;
  readonly sleep: Sleep;
  /** No queue was bound for an event of this type. */
  readonly onUnroutable: (type: string) => void;
  /** Others than the contract's, for tests that share a broker. */
  readonly names?: EventNames;
};

/** What is found out of a batch counts on the connection on which it was. */
type Attempt = { readonly givenUp: AbortSignal; readonly search: RefusalSearch };

const NAMES: EventNames = { exchange: 'integration.events', unrouted: 'integration.events.unrouted' };
const NEVER = new AbortController().signal;
const NOT_DECLARED = `not declared after ${STEP_TIMEOUT_MS} ms`;

/**
 * The bus on RabbitMQ. Every message is confirmed, and what no queue is bound for comes back (`mandatory`), is
 * counted and goes to a bounded queue of its own before it counts as taken over (ADR 0015).
 */
export class RabbitmqEventBus implements EventBus {
  readonly #options: Options;
  readonly #names: EventNames;
  readonly #kept: KeptChannel;
  readonly #waiters = new Waiters();
  readonly #madeByOthers: MadeByOthers = new Map();
  /** Of the connection that there is: after it the broker may come back and take more. */
  #search = new RefusalSearch();
  /** The channel is one that was opened over a refusal of this batch. */
  #isOpenedOverRefusal = false;
  #channel: EventChannel | undefined;
  #lastBatch: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#names = options.names ?? NAMES;
    this.#kept = options.connection.onChannel({
      name: 'events',
      opened: (channel) => this.#opened(channel),
      lost: () => void (this.#channel = undefined),
      disconnected: () => void (this.#search = new RefusalSearch()),
    });
    options.connection.onUnblocked(() => this.#tellReady());
  }

  readonly isReady = (): boolean => this.#channel !== undefined && !this.#options.connection.isBlocked;

  readonly whenReady = (signal: AbortSignal): Promise<void> => this.#waiters.wait(this.isReady(), signal);

  readonly whenBlocked = (signal: AbortSignal): Promise<void> => this.#options.connection.whenBlocked(signal);

  /** One batch at a time, so that a returned message is known to belong to the batch under way. */
  readonly publish = async (
    events: readonly CloudEvent[],
    givenUp: AbortSignal = NEVER,
  ): Promise<readonly Refusal[]> => {
    // Fails at once rather than wait for the batch under way, which may be waiting for its confirms in vain.
    this.#mustBeReady();
    const batch = this.#lastBatch.then(() => this.#publishAll(events, givenUp));
    this.#lastBatch = batch.catch(() => undefined);
    return batch;
  };

  async #opened(channel: ConfirmChannel): Promise<void> {
    const { connection, sleep } = this.#options;
    const limit = { sleep: outsideBlocks(sleep, () => connection.isBlocked), withinMs: STEP_TIMEOUT_MS };
    const asked = askedInSteps(channel, (answer) => inTime(answer, { ...limit, otherwise: NOT_DECLARED }));
    await declareForEvents(asked, this.#names, this.#madeByOthers);
    this.#channel = new EventChannel(channel, { ...this.#options, names: this.#names });
    this.#tellReady();
  }

  #tellReady(): void {
    if (this.isReady()) this.#waiters.tell();
  }

  async #publishAll(events: readonly CloudEvent[], givenUp: AbortSignal): Promise<readonly Refusal[]> {
    const search = this.#search;
    // By another batch the broker may take more than when the channel was opened.
    if (!search.goesOnWith(events)) this.#isOpenedOverRefusal = false;
    await this.#publishBatch(search.undecided(events), { givenUp, search });
    // Nobody hears of the refusals: the next attempt has them.
    if (givenUp.aborted) throw new Error('cancelled before it was finished');
    const refusals = search.refusalsAmong(events);
    search.forget();
    return refusals;
  }

  /** Resolves when all are taken that are not among the refused. */
  async #publishBatch(events: readonly CloudEvent[], attempt: Attempt): Promise<void> {
    const [first, ...others] = events;
    if (first === undefined) return;
    const { search } = attempt;
    if (others.length > 0 && search.isDoubted(events)) return this.#publishAroundLargest(events, attempt);
    const reason = await this.#sendTwice(events, attempt);
    if (reason === undefined) return;
    if (others.length === 0) return search.refuse(first, reason);
    const mostBytes = toldLimit(reason) ?? Number.POSITIVE_INFINITY;
    const tooLarge = events.filter((event) => sizeOf(event) > mostBytes);
    if (tooLarge.length === 0) {
      search.doubt(events);
      return this.#publishAroundLargest(events, attempt);
    }
    for (const event of tooLarge) search.refuse(event, reasonOf(event, mostBytes));
    const rest = events.filter((event) => !tooLarge.includes(event));
    if (rest.length > 0) await this.#reopened(attempt);
    await this.#publishBatch(rest, attempt);
  }

  /** A channel goes by the limits that it found when it was opened: what it refuses, a new one may take. */
  async #sendTwice(events: readonly CloudEvent[], attempt: Attempt): Promise<string | undefined> {
    const isNew = this.#isOpenedOverRefusal;
    const reason = await this.#send(events, attempt);
    if (reason === undefined || isNew) return reason;
    await this.#reopened(attempt);
    return this.#send(events, attempt);
  }

  /**
   * The broker does not say which message it refuses, and drops all that come after it. Where it does not say either
   * what it takes, the largest is the likely one: found like this in a few turns, each of which a slow broker takes a
   * second for.
   */
  async #publishAroundLargest(events: readonly CloudEvent[], attempt: Attempt): Promise<void> {
    const at = indexOfLargest(events);
    for (const part of [events.slice(0, at), events.slice(at, at + 1), events.slice(at + 1)]) {
      if (part.length > 0) await this.#reopened(attempt);
      await this.#publishBatch(part, attempt);
    }
  }

  /** Answers why one of them will never be taken. After any failure the next batch gets a new channel. */
  async #send(events: readonly CloudEvent[], attempt: Attempt): Promise<string | undefined> {
    if (attempt.givenUp.aborted) throw new Error('cancelled before it was sent');
    if (attempt.search !== this.#search) throw new Error('the connection was lost before it was sent');
    const channel = this.#mustBeReady();
    try {
      await channel.send(events);
      attempt.search.take(events);
      return undefined;
    } catch (error) {
      this.#isOpenedOverRefusal = error instanceof MessageRefused;
      this.#kept.renew();
      if (error instanceof MessageRefused) return error.message;
      throw error;
    }
  }

  #mustBeReady(): EventChannel {
    if (this.#options.connection.isBlocked) throw new Error('RabbitMQ takes no messages for now');
    if (this.#channel === undefined) throw new Error('not connected to RabbitMQ');
    return this.#channel;
  }

  /** Takes four answers of the broker, however long each of them takes. */
  #reopened({ givenUp }: Attempt): Promise<void> {
    return this.whenReady(givenUp);
  }
}

const sizeOf = (event: CloudEvent): number => eventContent(event).length;

/** As the broker says it of the first. */
const reasonOf = (event: CloudEvent, mostBytes: number): string =>
  `message size ${sizeOf(event)} is larger than configured max size ${mostBytes}`;

const indexOfLargest = (events: readonly CloudEvent[]): number => {
  const sizes = events.map(sizeOf);
  return sizes.indexOf(Math.max(...sizes));
};
