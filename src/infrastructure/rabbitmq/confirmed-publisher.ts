import type { ConfirmChannel, Message, Options } from 'amqplib';
import type { Sleep } from '../../domain/shared/clock.ts';
import { outsideBlocks } from './outside-blocks.ts';
import { largestProperties, propertiesSize } from './properties-size.ts';
import { isChannelClosed } from './send-confirmed.ts';
import { toldLimit } from './told-limit.ts';

type Pending = { readonly queue: string; isReturned: boolean };

/**
 * What became of a message. `nowhere`: there is no such queue. `refused`: the broker sent a nack. `late`: there was no
 * confirm in time, and it may still be taken. `unformed`: AMQP cannot encode one of its properties, or they do not fit
 * into a frame.
 */
export type PublishOutcome = 'taken' | 'nowhere' | 'refused' | 'late' | 'unformed';

type Broker = {
  readonly sleep: Sleep;
  /** The broker has blocked us and reads nothing for now. */
  readonly isBlocked: () => boolean;
  readonly mostBytes: MostBytes;
};

/**
 * The largest message that the broker takes, as far as is known from its refusals. Over a larger one it closes the
 * channel, with everything in hand on it.
 */
export type MostBytes = { value: number };

/**
 * Milliseconds for one publisher confirm. A slow broker takes a second or two, and a queue that elects a new leader a
 * few more; a queue that has lost the majority of its members confirms nothing until they are back.
 */
export const CONFIRM_TIMEOUT_MS = 30_000;

/** Publishes to queues by name and waits for the publisher confirm. Rejects when the channel closes first. */
export class ConfirmedPublisher {
  readonly #channel: ConfirmChannel;
  readonly #broker: Broker;
  readonly #pending = new Set<Pending>();

  constructor(channel: ConfirmChannel, broker: Broker) {
    this.#channel = channel;
    this.#broker = broker;
    channel.on('return', (message) => this.#returned(message));
    channel.on('error', (error: Error) => {
      broker.mostBytes.value = toldLimit(error.message) ?? broker.mostBytes.value;
    });
  }

  async send(queue: string, content: Buffer, options: Options.Publish): Promise<PublishOutcome> {
    if (content.length > this.#broker.mostBytes.value) return 'refused';
    if (propertiesSize(options) > largestProperties(this.#channel)) return 'unformed';
    const settled = new AbortController();
    try {
      return await Promise.race([this.#sent(queue, content, options), this.#late(settled.signal)]);
    } finally {
      settled.abort();
    }
  }

  #sent(queue: string, content: Buffer, options: Options.Publish): Promise<PublishOutcome> {
    const pending: Pending = { queue, isReturned: false };
    return new Promise((resolve, reject) => {
      this.#pending.add(pending);
      const confirmed = (error: unknown): void => {
        this.#pending.delete(pending);
        if (pending.isReturned) resolve('nowhere');
        else if (error === null || error === undefined) resolve('taken');
        else if (isNack(error)) resolve('refused');
        else reject(asError(error));
      };
      try {
        this.#channel.publish('', queue, content, { ...options, mandatory: true }, confirmed);
      } catch (error) {
        this.#pending.delete(pending);
        if (isChannelClosed(error)) reject(asError(error));
        else resolve('unformed');
      }
    });
  }

  async #late(settled: AbortSignal): Promise<'late'> {
    const { sleep, isBlocked } = this.#broker;
    await outsideBlocks(sleep, isBlocked)(CONFIRM_TIMEOUT_MS, settled);
    return 'late';
  }

  /** A returned message does not say which of several it is: all that wait for the same queue count as returned. */
  #returned({ fields }: Message): void {
    for (const pending of this.#pending) if (pending.queue === fields.routingKey) pending.isReturned = true;
  }
}

/** amqplib's message for a nack of the broker; any other error means that the channel is gone. */
const isNack = (error: unknown): boolean => error instanceof Error && /message nacked/i.test(error.message);

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('not published', { cause: error });
