import type { ConfirmChannel } from 'amqplib';
import type { CloudEvent, EventBus, Refusal } from '../../application/event-bus.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { declareForEvents, EventChannel, type EventNames } from './event-channel.ts';
import { eventContent } from './event-message.ts';
import type { KeptChannel } from './kept-channel.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';
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

const NAMES: EventNames = { exchange: 'integration.events', unrouted: 'integration.events.unrouted' };
/** Milliseconds for a new channel, after the broker closed the last one over a message. */
const REOPEN_TIMEOUT_MS = 5_000;

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
  #channel: EventChannel | undefined;
  #lastBatch: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#names = options.names ?? NAMES;
    this.#kept = options.connection.onChannel({
      name: 'events',
      opened: (channel) => this.#opened(channel),
      lost: () => void (this.#channel = undefined),
    });
    options.connection.onUnblocked(() => this.#tellReady());
  }

  readonly isReady = (): boolean => this.#channel !== undefined && !this.#options.connection.isBlocked;

  readonly whenReady = (signal: AbortSignal): Promise<void> => this.#waiters.wait(this.isReady(), signal);

  readonly whenBlocked = (signal: AbortSignal): Promise<void> => this.#options.connection.whenBlocked(signal);

  /** One batch at a time: what comes back is then known to be of the batch under way. */
  readonly publish = async (events: readonly CloudEvent[]): Promise<readonly Refusal[]> => {
    // Does not wait for the batch under way, which may wait for its confirms in vain.
    this.#mustBeReady();
    const batch = this.#lastBatch.then(() => this.#publishBatch(events));
    this.#lastBatch = batch.catch(() => undefined);
    return batch;
  };

  async #opened(channel: ConfirmChannel): Promise<void> {
    await declareForEvents(channel, this.#names, this.#madeByOthers);
    this.#channel = new EventChannel(channel, { ...this.#options, names: this.#names });
    this.#tellReady();
  }

  #tellReady(): void {
    if (this.isReady()) this.#waiters.tell();
  }

  async #publishBatch(events: readonly CloudEvent[]): Promise<readonly Refusal[]> {
    const [first, ...others] = events;
    if (first === undefined) return [];
    const reason = await this.#sendTwice(events);
    if (reason === undefined) return [];
    if (others.length === 0) return [{ id: first.id, reason }];
    const mostBytes = toldLimit(reason) ?? Number.POSITIVE_INFINITY;
    const tooLarge = events.filter((event) => sizeOf(event) > mostBytes);
    if (tooLarge.length === 0) return this.#publishAroundLargest(events);
    await this.#reopened();
    const refusals = tooLarge.map((event) => refusalOf(event, mostBytes));
    return [...refusals, ...(await this.#publishBatch(events.filter((event) => !tooLarge.includes(event))))];
  }

  /** A channel goes by the limits that it found when it was opened: what it refuses, a new one may take. */
  async #sendTwice(events: readonly CloudEvent[]): Promise<string | undefined> {
    if ((await this.#send(events)) === undefined) return undefined;
    await this.#reopened();
    return this.#send(events);
  }

  /**
   * The broker does not say which message it refuses, and drops all that come after it. Where it does not say either
   * what it takes, the largest is the likely one: found like this in a few turns, each of which a slow broker takes a
   * second for.
   */
  async #publishAroundLargest(events: readonly CloudEvent[]): Promise<readonly Refusal[]> {
    const at = indexOfLargest(events);
    const refusals: Refusal[] = [];
    for (const part of [events.slice(0, at), events.slice(at, at + 1), events.slice(at + 1)]) {
      await this.#reopened();
      refusals.push(...(await this.#publishBatch(part)));
    }
    return refusals;
  }

  /** Answers why one of them will never be taken. After any failure the next batch gets a new channel. */
  async #send(events: readonly CloudEvent[]): Promise<string | undefined> {
    const channel = this.#mustBeReady();
    try {
      await channel.send(events);
      return undefined;
    } catch (error) {
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

  async #reopened(): Promise<void> {
    if (this.isReady()) return;
    const ready = new AbortController();
    const late = this.#options.sleep(REOPEN_TIMEOUT_MS, ready.signal);
    await Promise.race([this.whenReady(ready.signal), late]);
    ready.abort();
  }
}

const sizeOf = (event: CloudEvent): number => eventContent(event).length;

/** As the broker says it of the first. */
const refusalOf = (event: CloudEvent, mostBytes: number): Refusal => ({
  id: event.id,
  reason: `message size ${sizeOf(event)} is larger than configured max size ${mostBytes}`,
});

const indexOfLargest = (events: readonly CloudEvent[]): number => {
  const sizes = events.map(sizeOf);
  return sizes.indexOf(Math.max(...sizes));
};
