import type { ConfirmChannel, Message } from 'amqplib';
import type { CloudEvent } from '../../application/event-bus.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { eventContent, eventOptions } from './event-message.ts';
import { inTime } from '../system/in-time.ts';
import { MessageRefused, sendConfirmed } from './send-confirmed.ts';
import { provide, type MadeByOthers } from './topology-part.ts';

export type EventNames = {
  /** Durable topic exchange, routed by the event's type. */
  readonly exchange: string;
  /** Queue of what no other queue was bound for. */
  readonly unrouted: string;
};

type Options = {
  readonly names: EventNames;
  readonly sleep: Sleep;
  readonly onUnroutable: (type: string) => void;
};

/** What is kept of events that nobody has subscribed to; beyond it the oldest make room. */
const UNROUTED_LIMITS = { 'x-max-length': 100_000, 'x-max-length-bytes': 268_435_456 };
/** Milliseconds for the confirms of one batch. A broker that is only slow takes a second or two. */
const CONFIRM_TIMEOUT_MS = 10_000;
/** 406 PRECONDITION_FAILED and 311 CONTENT_TOO_LARGE: the broker's answers to one message it will never take. */
const REFUSED = new Set([406, 311]);

type ChannelError = Error & { readonly code?: number };

/** Makes what events need; an exchange or a queue that an operator has made otherwise is taken as it is. */
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

/** One channel that events are sent on, until it is closed or a batch on it fails. For one batch at a time. */
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

  /** Resolves when the broker has taken all of them over. Rejects with `MessageRefused` when one is to blame. */
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

  /** Returns come before their confirms: at the end of a batch all of them are here. */
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
