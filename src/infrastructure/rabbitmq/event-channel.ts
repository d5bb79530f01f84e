import type { ConfirmChannel, Message } from 'amqplib';
import type { CloudEvent } from '../../application/event-bus.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { eventContent, eventOptions } from './event-message.ts';
import { inTime } from '../system/in-time.ts';
import { MessageRefused, sendConfirmed } from './send-confirmed.ts';
import { provide, type MadeByOthers } from './topology-part.ts';

export type EventNames = {
  /** Durable topic exchange; the routing key is the type of the event. */
  readonly exchange: string;
  /** Queue for events for which no queue was bound. */
  readonly unrouted: string;
};

type Options = {
  readonly names: EventNames;
  readonly sleep: Sleep;
  readonly onUnroutable: (type: string) => void;
};

/** How much is kept of events without a subscriber; beyond it the oldest are dropped. */
const UNROUTED_LIMITS = { 'x-max-length': 100_000, 'x-max-length-bytes': 268_435_456 };
/** Milliseconds for the publisher confirms of one batch. A slow broker takes a second or two. */
const CONFIRM_TIMEOUT_MS = 10_000;
/**
 * 406 PRECONDITION_FAILED and 311 CONTENT_TOO_LARGE: the broker closes the channel with these over a message that it
 * will never take.
 */
const REFUSED = new Set([406, 311]);

type ChannelError = Error & { readonly code?: number };

/** Declares what events need. An exchange or queue that an operator has made with other arguments is used as it is. */
export const declareForEvents = async (
  channel: ConfirmChannel,
  { exchange, unrouted }: EventNames,
  madeByOthers: MadeByOthers,
): Promise<void> => {
  const anExchange = () => channel.checkExchange(exchange);
  const aQueue = () => channel.checkQueue(unrouted);
  const quorum = { 'x-queue-type': 'quorum', 'x-overflow': 'drop-head', ...UNROUTED_LIMITS };
  const parts = [
    {
      name: `exchange ${exchange}`,
      make: () => channel.assertExchange(exchange, 'topic', { durable: true }),
      otherwise: anExchange,
      look: anExchange,
    },
    {
      name: unrouted,
      make: () => channel.assertQueue(unrouted, { durable: true, arguments: quorum }),
      otherwise: aQueue,
      look: aQueue,
    },
  ];
  for (const part of parts) await provide(part, madeByOthers);
};

/** A channel that events are published on, until it is closed or a batch fails. One batch at a time. */
export class EventChannel {
  readonly #channel: ConfirmChannel;
  readonly #options: Options;
  #closedWith: ChannelError | undefined;
  #returned: Message[] = [];

  constructor(channel: ConfirmChannel, options: Options) {
    this.#channel = channel;
    this.#options = options;
    channel.on('error', (error: ChannelError) => void (this.#closedWith = error));
    channel.on('return', (message) => void this.#returned.push(message));
  }

  /** Resolves when the broker has confirmed all events. Rejects with `MessageRefused` when one of them is to blame. */
  async send(events: readonly CloudEvent[]): Promise<void> {
    try {
      await this.#inTime(
        sendConfirmed(
          this.#channel,
          events.map((event) => ({
            exchange: this.#options.names.exchange,
            routingKey: event.type,
            content: eventContent(event),
            options: eventOptions(event),
          })),
        ),
      );
      await this.#keepUnrouted();
    } catch (error) {
      const why = this.#closedWith;
      if (why?.code !== undefined && REFUSED.has(why.code)) throw new MessageRefused(why.message);
      throw why ?? error;
    }
  }

  /**
   * Publishes unroutable events to the queue for them. The broker sends a return before its confirm, so at the end of a
   * batch all returns have arrived.
   */
  async #keepUnrouted(): Promise<void> {
    const returned = this.#returned;
    if (returned.length === 0) return;
    this.#returned = [];
    await this.#inTime(
      sendConfirmed(
        this.#channel,
        returned.map(({ content, properties }) => ({
          exchange: '',
          routingKey: this.#options.names.unrouted,
          content,
          options: { ...properties, mandatory: true },
        })),
      ),
    );
    if (this.#returned.length > 0) throw new Error(`no queue ${this.#options.names.unrouted}`);
    for (const { properties } of returned) this.#options.onUnroutable(String(properties.type));
  }

  #inTime(confirmed: Promise<void>): Promise<void> {
    const otherwise = `RabbitMQ has not confirmed within ${CONFIRM_TIMEOUT_MS} ms`;
    return inTime(confirmed, { sleep: this.#options.sleep, withinMs: CONFIRM_TIMEOUT_MS, otherwise });
  }
}
