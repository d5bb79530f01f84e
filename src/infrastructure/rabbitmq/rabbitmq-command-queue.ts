import type { ConfirmChannel, ConsumeMessage, MessageProperties, Options as Amqp } from 'amqplib';
import {
  keptBody,
  type CommandHandler,
  type CommandMessage,
  type CommandQueue,
  type CommandReply,
  type Settlement,
} from '../../application/command-queue.ts';
import type { Clock, IdSource, Sleep } from '../../domain/shared/clock.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';
import {
  answerProperties,
  commandMessageOf,
  parkedProperties,
  retriedProperties,
  withoutOddities,
} from './command-properties.ts';
import { deadQueueOf, declareCommandQueues, retryQueueOf, type MadeByOthers } from './command-topology.ts';
import { CONFIRM_TIMEOUT, ConfirmedPublisher } from './confirmed-publisher.ts';
import { giveBack, tagOnly, type Envelope } from './delivery-envelope.ts';
import { inTime } from './in-time.ts';
import type { KeptChannel } from './kept-channel.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';

type Options = {
  readonly connection: Pick<RabbitmqConnection, 'onChannel' | 'isBlocked'>;
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

type Consumer = { readonly channel: ConfirmChannel; readonly tag: string; readonly lost: AbortController };

/** Commands out of a quorum queue. Retries and dead letters are copies, confirmed before the original is acknowledged. */
export class RabbitmqCommandQueue implements CommandQueue {
  readonly #options: Options;
  readonly #inHand = new Set<Promise<void>>();
  readonly #madeByOthers: MadeByOthers = new Map();
  #kept: KeptChannel | undefined;
  #consumer: Consumer | undefined;
  #isStopping = false;

  constructor(options: Options) {
    this.#options = options;
  }

  consume(handler: CommandHandler): void {
    this.#kept ??= this.#options.connection.onChannel({
      name: 'commands',
      opened: async (channel) => {
        const limit = this.#limit(`no consumer after ${TOPOLOGY_TIMEOUT} ms`);
        this.#consumer = await inTime(this.#listen(channel, handler), limit);
        if (this.#consumer !== undefined) void this.#lookAfterQueues(this.#consumer);
      },
      lost: () => this.#forget(),
    });
  }

  #forget(): void {
    this.#consumer?.lost.abort();
    this.#consumer = undefined;
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#consumer?.lost.abort();
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

  /** A queue that has lost its leader lets nobody consume and says nothing: that is to be seen in the log. */
  #limit(otherwise: string) {
    return { sleep: this.#options.sleep, withinMs: TOPOLOGY_TIMEOUT, otherwise };
  }

  async #listen(channel: ConfirmChannel, handler: CommandHandler): Promise<Consumer | undefined> {
    const { queue, prefetch, connection, sleep } = this.#options;
    if (this.#isStopping) return undefined;
    await this.#declare(channel);
    await channel.prefetch(prefetch);
    const isBlocked = () => connection.isBlocked;
    const line = { channel, publisher: new ConfirmedPublisher(channel, { sleep, isBlocked }) };
    const { consumerTag } = await channel.consume(queue, (raw) => this.#deliver(line, raw, handler));
    return { channel, tag: consumerTag, lost: new AbortController() };
  }

  /** Nobody is told of an exchange or a binding that somebody removes. Whatever is wrong closes the channel, and a new one mends it. */
  async #lookAfterQueues({ channel, lost: { signal } }: Consumer): Promise<void> {
    for (;;) {
      await this.#options.sleep(LOOK_EVERY, signal);
      if (signal.aborted) return;
      await this.#declare(channel).catch(() => undefined);
    }
  }

  #declare(channel: ConfirmChannel): Promise<void> {
    const { queue, retryDelaysMs } = this.#options;
    return declareCommandQueues(channel, queue, retryDelaysMs, this.#madeByOthers);
  }

  #deliver(line: Line, raw: ConsumeMessage | null, handler: CommandHandler): void {
    // The queue was deleted under its consumer: a new channel declares it again.
    if (raw === null) return this.#kept?.renew();
    const { fields, properties, content } = raw;
    const envelope = { fields, properties };
    if (this.#isStopping) return giveBack(line.channel, envelope);
    const body = { body: keptBody(content), bodyBytes: content.length };
    const message = commandMessageOf(envelope, body, this.#options.retryDelaysMs.length);
    const served = this.#serve(line, envelope, message, handler).finally(() => this.#inHand.delete(served));
    this.#inHand.add(served);
  }

  async #serve(
    line: Line,
    envelope: Envelope,
    message: CommandMessage,
    handler: CommandHandler,
  ): Promise<void> {
    const isSuspect = message.returns >= SUSPECT_RETURNS;
    let reply: CommandReply | undefined;
    try {
      reply = await this.#settle(line, envelope, message, await handler(message));
      if (!isSuspect) await this.#answer(line, message, reply);
      line.channel.ack(tagOnly(envelope));
    } catch (error) {
      this.#options.logger.warn('command not settled, it comes again', errorFields(error));
      return giveBack(line.channel, envelope);
    }
    // What it came back from may be its answer, over which the broker ends the connection.
    if (isSuspect) await this.#answer(line, message, reply).catch(() => this.#options.onAnswerDropped());
  }

  /** With what is still to be answered. */
  async #settle(
    line: Line,
    { properties }: Envelope,
    message: CommandMessage,
    settlement: Settlement,
  ): Promise<CommandReply | undefined> {
    switch (settlement.kind) {
      case 'done':
        return settlement.reply;
      case 'parked': {
        const parkedAt = new Date(this.#options.clock.now()).toISOString();
        const dead = parkedProperties(properties, settlement, { ...message, parkedAt });
        await this.#keep(line, deadQueueOf(this.#options.queue), bufferOf(message.body), dead);
        return settlement.reply;
      }
      case 'retry':
        return this.#again(line, properties, message, 1);
      case 'postponed':
        return this.#again(line, properties, message, 0);
    }
  }

  async #again(
    line: Line,
    properties: MessageProperties,
    message: CommandMessage,
    used: 0 | 1,
  ): Promise<undefined> {
    const { queue, retryDelaysMs } = this.#options;
    const delayMs = retryDelaysMs[used === 0 ? 0 : message.retries];
    if (delayMs === undefined) throw new Error('a retry was asked for after the last one');
    const again = retriedProperties(properties, message.retries + used);
    await this.#keep(line, retryQueueOf(queue, delayMs), bufferOf(message.body), again);
  }

  /** Into a queue of ours. Somebody may have deleted it since it was declared: then once more. */
  async #keep(line: Line, queue: string, content: Buffer, properties: Amqp.Publish): Promise<void> {
    let sent = properties;
    const send = () => line.publisher.send(queue, content, sent);
    let outcome = await send();
    if (outcome === 'unformed') {
      sent = withoutOddities(properties);
      outcome = await send();
    }
    if (outcome === 'nowhere') {
      await inTime(this.#declare(line.channel), this.#limit(`not declared after ${TOPOLOGY_TIMEOUT} ms`));
      outcome = await send();
    }
    if (outcome === 'late') throw new Error(`no confirm of a message for ${queue} in ${CONFIRM_TIMEOUT} ms`);
    if (outcome !== 'taken') throw new Error(`the broker does not take messages for ${queue}`);
  }

  /** The work is done and its answer kept, whether this one arrives or not: a repeat asks for it. */
  async #answer(
    { publisher }: Line,
    message: CommandMessage,
    reply: CommandReply | undefined,
  ): Promise<void> {
    const { replyTo } = message;
    if (replyTo === undefined || reply === undefined) return;
    const properties = answerProperties(message, reply, this.#options.ids.uuid());
    if ((await publisher.send(replyTo, Buffer.from(reply.body), properties)) === 'taken') return;
    this.#options.onAnswerDropped();
  }
}

/** From so many returns on a message goes before its answer leaves: else those in hand beside it would come back as often. */
const SUSPECT_RETURNS = 2;
/** Milliseconds between two looks at whether exchange, queues and bindings are still there. */
const LOOK_EVERY = 30_000;
/** Milliseconds for declaring the queues, and for becoming a consumer with it. */
const TOPOLOGY_TIMEOUT = 15_000;
/** Milliseconds for closing the channel; a broker that hangs gets no more. */
const GOODBYE_TIMEOUT = 2_000;

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
