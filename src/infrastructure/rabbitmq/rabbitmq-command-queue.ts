import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type {
  CommandHandler,
  CommandMessage,
  CommandQueue,
  CommandReply,
  Settlement,
} from '../../application/command-queue.ts';
import type { Clock, IdSource, Sleep } from '../../domain/shared/clock.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';
import {
  answerProperties,
  commandMessageOf,
  parkedProperties,
  retriedProperties,
} from './command-properties.ts';
import { deadQueueOf, declareCommandQueues, retryQueueOf } from './command-topology.ts';
import { ConfirmedPublisher } from './confirmed-publisher.ts';
import type { KeptChannel } from './kept-channel.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';

type Options = {
  readonly connection: Pick<RabbitmqConnection, 'onChannel'>;
  /** Name of the exchange and of the queue; the others follow from it. */
  readonly queue: string;
  readonly prefetch: number;
  readonly retryDelaysMs: readonly number[];
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: IdSource;
  readonly sleep: Sleep;
  readonly logger: Logger;
  readonly onAnswerDropped: () => void;
};

/** A channel with all that belongs to it: settling a message on another one is a protocol error. */
type Line = { readonly channel: ConfirmChannel; readonly publisher: ConfirmedPublisher };

/** Commands out of a quorum queue. Retries and dead letters are copies, confirmed before the original is acknowledged. */
export class RabbitmqCommandQueue implements CommandQueue {
  readonly #options: Options;
  readonly #inHand = new Set<Promise<void>>();
  #kept: KeptChannel | undefined;
  #consumer: { readonly channel: ConfirmChannel; readonly tag: string } | undefined;
  #isStopping = false;

  constructor(options: Options) {
    this.#options = options;
  }

  consume(handler: CommandHandler): void {
    this.#kept ??= this.#options.connection.onChannel({
      name: 'commands',
      opened: (channel) => this.#listen(channel, handler),
      lost: () => void (this.#consumer = undefined),
    });
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const settled = new AbortController();
    const finish = async (): Promise<void> => {
      await this.#consumer?.channel.cancel(this.#consumer.tag).catch(() => undefined);
      // What was delivered before the broker had heard goes back by itself; see #deliver.
      while (this.#inHand.size > 0) await Promise.allSettled(this.#inHand);
      settled.abort();
    };
    await Promise.race([finish(), this.#options.sleep(graceMs, settled.signal)]);
    // Closing gives back what is not acknowledged.
    await Promise.race([this.#kept?.close(), this.#options.sleep(GOODBYE_TIMEOUT)]);
  }

  async #listen(channel: ConfirmChannel, handler: CommandHandler): Promise<void> {
    const { queue, prefetch, retryDelaysMs } = this.#options;
    if (this.#isStopping) return;
    await declareCommandQueues(channel, queue, retryDelaysMs);
    await channel.prefetch(prefetch);
    const line = { channel, publisher: new ConfirmedPublisher(channel) };
    const { consumerTag } = await channel.consume(queue, (raw) => this.#deliver(line, raw, handler));
    this.#consumer = { channel, tag: consumerTag };
  }

  #deliver(line: Line, raw: ConsumeMessage | null, handler: CommandHandler): void {
    // The queue was deleted under its consumer: a new channel declares it again.
    if (raw === null) return this.#kept?.renew();
    if (this.#isStopping) return line.channel.nack(raw, false, true);
    const served = this.#serve(line, raw, handler).finally(() => this.#inHand.delete(served));
    this.#inHand.add(served);
  }

  async #serve(line: Line, raw: ConsumeMessage, handler: CommandHandler): Promise<void> {
    try {
      const message = commandMessageOf(raw, this.#options.retryDelaysMs.length);
      await this.#settle(line, raw, message, await handler(message));
      line.channel.ack(raw);
    } catch (error) {
      this.#options.logger.warn('command not settled, it comes again', errorFields(error));
      giveBack(line, raw);
    }
  }

  async #settle(
    line: Line,
    raw: ConsumeMessage,
    message: CommandMessage,
    settlement: Settlement,
  ): Promise<void> {
    const { queue, clock } = this.#options;
    switch (settlement.kind) {
      case 'done':
        return this.#answer(line, message, settlement.reply);
      case 'parked': {
        const properties = parkedProperties(raw.properties, settlement, new Date(clock.now()).toISOString());
        await this.#keep(line, deadQueueOf(queue), raw.content, properties);
        return this.#answer(line, message, settlement.reply);
      }
      case 'retry':
        return this.#again(line, raw, message.retries, message.retries + 1);
      case 'postponed':
        return this.#again(line, raw, 0, message.retries);
    }
  }

  #again(line: Line, raw: ConsumeMessage, delay: number, retries: number): Promise<void> {
    const { queue, retryDelaysMs } = this.#options;
    const delayMs = retryDelaysMs[delay];
    if (delayMs === undefined) throw new Error('a retry was asked for after the last one');
    const properties = retriedProperties(raw.properties, retries);
    return this.#keep(line, retryQueueOf(queue, delayMs), raw.content, properties);
  }

  /** Into a queue of ours. Somebody may have deleted it since it was declared: then once more. */
  async #keep(line: Line, queue: string, ...[content, properties]: Kept): Promise<void> {
    const outcome = await line.publisher.send(queue, content, properties);
    if (outcome === 'taken') return;
    if (outcome === 'nowhere') {
      await declareCommandQueues(line.channel, this.#options.queue, this.#options.retryDelaysMs);
      if ((await line.publisher.send(queue, content, properties)) === 'taken') return;
    }
    throw new Error(`the broker does not take messages for ${queue}`);
  }

  async #answer({ publisher }: Line, message: CommandMessage, reply: CommandReply): Promise<void> {
    const { replyTo } = message;
    if (replyTo === undefined) return;
    const properties = answerProperties(message, reply, this.#options.ids.uuid());
    if ((await publisher.send(replyTo, Buffer.from(reply.body), properties)) === 'taken') return;
    this.#options.onAnswerDropped();
  }
}

type Kept = Parameters<ConfirmedPublisher['send']> extends [string, ...infer Rest] ? Rest : never;

/** Milliseconds for closing the channel; a broker that hangs gets no more. */
const GOODBYE_TIMEOUT = 2_000;

const giveBack = ({ channel }: Line, raw: ConsumeMessage): void => {
  try {
    channel.nack(raw, false, true);
  } catch {
    // The channel is gone, and with it went the message, back to the queue.
  }
};
