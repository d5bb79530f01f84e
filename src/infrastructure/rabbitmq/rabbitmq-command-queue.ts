import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import {
  keptBody,
  type CommandHandler,
  type CommandMeans,
  type CommandQueue,
} from '../../application/command-queue.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';
import { askedInSteps, STEP_TIMEOUT_MS, type InTime } from './asked-in-steps.ts';
import { commandMessageOf } from './command-properties.ts';
import { commandSettling, type CommandChannel, type SettlingOptions } from './command-settling.ts';
import { declareCommandQueues, lessAndLess, lookAfterQueues, type Aside } from './command-topology.ts';
import { ConfirmedPublisher, type MostBytes } from './confirmed-publisher.ts';
import { heldConsumer, type HeldConsumer } from './held-consumer.ts';
import { giveBack } from './message-head.ts';
import { inTime } from '../system/in-time.ts';
import type { KeptChannel } from './kept-channel.ts';
import { finishLast } from './last-commands.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';
import { outsideBlocks } from './outside-blocks.ts';
import { serveCommand, type ServeCommand } from './serve-command.ts';
import type { MadeByOthers } from './topology-part.ts';
import { workPlaces, type WorkPlaces } from './work-places.ts';

type Options = SettlingOptions & {
  readonly connection: Pick<RabbitmqConnection, 'onChannel' | 'aside' | 'isBlocked' | 'whenBlocked' | 'isUp'>;
  readonly prefetch: number;
  readonly means?: CommandMeans;
  readonly logger: Logger;
};

type Consumer = {
  readonly channel: ConfirmChannel;
  readonly consuming: HeldConsumer;
  readonly lost: AbortController;
};

/**
 * The command queue on RabbitMQ: consumes a quorum queue. The outcome of a command is confirmed by the broker before
 * its message is acknowledged.
 */
export class RabbitmqCommandQueue implements CommandQueue {
  readonly #options: Options;
  readonly #serve: ServeCommand;
  readonly #places: WorkPlaces;
  readonly #gone = new WeakSet<ConfirmChannel>();
  readonly #inHand = new Set<Promise<void>>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #madeByOthers: MadeByOthers = new Map();
  readonly #aside: Aside;
  readonly #mostBytes: MostBytes = { value: Number.POSITIVE_INFINITY };
  #kept: KeptChannel | undefined;
  #consumer: Consumer | undefined;
  #isStopping = false;

  constructor(options: Options) {
    this.#options = options;
    const soon: InTime = (answer) => inTime(answer, this.#limit(NO_CONSUMER));
    this.#aside = lessAndLess((work) =>
      options.connection.aside((channel) => work(askedInSteps(channel, soon)), soon),
    );
    const declare = (channel: ConfirmChannel): Promise<void> =>
      this.#declare(this.#asked(channel, `not declared after ${STEP_TIMEOUT_MS} ms`));
    this.#serve = serveCommand({
      ...options,
      settling: commandSettling({ ...options, declare }),
      isGone: ({ channel }) => this.#gone.has(channel),
      onRefusal: ({ channel }) => {
        if (this.#consumer?.channel === channel) this.#kept?.renew();
      },
    });
    this.#places = workPlaces(options.prefetch, () => void this.#followMeans());
  }

  consume(handler: CommandHandler): void {
    if (this.#kept === undefined) this.#options.means?.onChange(() => void this.#followMeans());
    this.#kept ??= this.#options.connection.onChannel({
      name: 'commands',
      opened: async (channel) => {
        this.#consumer = await this.#listen(channel, this.#carriedOut(handler));
        if (this.#consumer === undefined) return;
        const { lost } = this.#consumer;
        void lookAfterQueues(() => this.#declare(channel), this.#options.sleep, lost.signal);
        // They may have changed on the way.
        void this.#followMeans();
      },
      lost: () => this.#forget(),
    });
  }

  #forget(): void {
    if (this.#consumer !== undefined) this.#gone.add(this.#consumer.channel);
    this.#consumer?.lost.abort();
    this.#consumer = undefined;
    // It may come back with another limit.
    if (!this.#options.connection.isUp) this.#mostBytes.value = Number.POSITIVE_INFINITY;
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#consumer?.lost.abort();
    // What was delivered before the broker had heard goes back by itself; see #deliver.
    const cancelled = this.#consumer?.consuming.end().catch(() => undefined) ?? Promise.resolve();
    const close = (): Promise<void> | undefined => this.#kept?.close();
    const last = { cancelled, underWay: this.#underWay, inHand: this.#inHand, close };
    await finishLast(this.#options, last, graceMs);
  }

  readonly #carriedOut = (handler: CommandHandler): CommandHandler => {
    const underWay = this.#underWay;
    return (message) => {
      const work = handler(message).finally(() => underWay.delete(work));
      underWay.add(work);
      return work;
    };
  };

  /** A queue without a leader accepts no consumer and does not answer: the limit makes that visible in the log. */
  #limit(otherwise: string) {
    const { sleep, connection } = this.#options;
    return {
      sleep: outsideBlocks(sleep, () => connection.isBlocked),
      withinMs: STEP_TIMEOUT_MS,
      otherwise,
    };
  }

  #asked<C extends Channel>(channel: C, otherwise: string): C {
    return askedInSteps(channel, (answer) => inTime(answer, this.#limit(otherwise)));
  }

  async #listen(channel: ConfirmChannel, handler: CommandHandler): Promise<Consumer | undefined> {
    const { queue, prefetch, connection, sleep, means } = this.#options;
    if (this.#isStopping) return undefined;
    const asked = this.#asked(channel, NO_CONSUMER);
    await this.#declare(asked);
    await asked.prefetch(prefetch);
    const isBlocked = () => connection.isBlocked;
    const mostBytes = this.#mostBytes;
    const on = { channel, publisher: new ConfirmedPublisher(channel, { sleep, isBlocked, mostBytes }) };
    // If publishing is forbidden, the channel is closed here at the start, and not with each command, which would
    // requeue all others in hand.
    await inTime(on.publisher.send(NOWHERE, Buffer.alloc(0), {}), this.#limit(NO_CONSUMER));
    let isDeleted = false;
    const take = (raw: ConsumeMessage | null): void => {
      isDeleted ||= raw === null;
      this.#deliver(on, raw, handler);
    };
    const isHeld = () => means?.isAway() === true || this.#places.areWanted();
    const consuming = heldConsumer({ channel, queue, take, isHeld });
    await inTime(consuming.follow(), this.#limit(NO_CONSUMER));
    // Both happened together, and this channel cannot be renewed yet.
    if (isDeleted) throw new Error(`${queue} was deleted`);
    return { channel, consuming, lost: new AbortController() };
  }

  /** A channel on which that takes too long is replaced, as at the start. */
  async #followMeans(): Promise<void> {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    const { logger } = this.#options;
    try {
      await inTime(consumer.consuming.follow(), this.#limit(NO_CONSUMER));
    } catch (error) {
      if (consumer !== this.#consumer) return;
      logger.warn(
        'consuming of commands could not be paused or resumed, opening a new channel',
        errorFields(error),
      );
      this.#kept?.renew();
    }
  }

  #declare(channel: Channel): Promise<void> {
    const { queue, retryDelaysMs } = this.#options;
    return declareCommandQueues(channel, queue, retryDelaysMs, this.#madeByOthers, this.#aside);
  }

  /** The queue was deleted while we consumed it, with everything in it: a new channel declares it again. */
  #deleted({ channel }: CommandChannel): void {
    const { logger, queue } = this.#options;
    if (this.#consumer?.channel === channel)
      logger.warn('the queue of commands was deleted with all commands in it, declaring it again', { queue });
    this.#kept?.renew();
  }

  #deliver(on: CommandChannel, raw: ConsumeMessage | null, handler: CommandHandler): void {
    if (raw === null) return this.#deleted(on);
    const { fields, properties, content } = raw;
    const head = { fields, properties };
    if (this.#isStopping) return giveBack(on.channel, head);
    const body = { body: keptBody(content), bodyBytes: content.length };
    const { queue, retryDelaysMs } = this.#options;
    const message = commandMessageOf(head, body, { queue, mostRetries: retryDelaysMs.length });
    const begin = async (): Promise<void> => {
      if (this.#isStopping) return giveBack(on.channel, head);
      // If the channel is gone, the message has been requeued.
      if (!this.#gone.has(on.channel)) await this.#serve(on, head, message, handler);
    };
    const served = this.#places.work(begin).finally(() => this.#inHand.delete(served));
    this.#inHand.add(served);
  }
}

/** No queue has this name. */
const NOWHERE = '';
const NO_CONSUMER = `no consumer after ${STEP_TIMEOUT_MS} ms`;
