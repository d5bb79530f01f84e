import type { ConfirmChannel, Message, Options } from 'amqplib';

type Pending = { readonly queue: string; isReturned: boolean };

/** Where a message went: `nowhere` when there is no such queue, `refused` when the broker would not take it. */
export type PublishOutcome = 'taken' | 'nowhere' | 'refused';

/** Sends to queues by name and waits until the broker has the message. Rejects when the channel closes before. */
export class ConfirmedPublisher {
  readonly #channel: ConfirmChannel;
  readonly #pending = new Set<Pending>();

  constructor(channel: ConfirmChannel) {
    this.#channel = channel;
    channel.on('return', (message) => this.#returned(message));
  }

  send(queue: string, content: Buffer, options: Options.Publish): Promise<PublishOutcome> {
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
        reject(asError(error));
      }
    });
  }

  /** A returned message does not say which of several it is; whatever waits for the same queue shares its fate. */
  #returned({ fields }: Message): void {
    for (const pending of this.#pending) if (pending.queue === fields.routingKey) pending.isReturned = true;
  }
}

/** The library's words for the broker's nack; all else is a channel that is gone. */
const isNack = (error: unknown): boolean => error instanceof Error && /message nacked/i.test(error.message);

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('not published', { cause: error });
