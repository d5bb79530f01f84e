import type { Channel, ChannelModel, RecoveringChannelModel } from 'amqplib';
import type { Random, Sleep } from '../../domain/shared/clock.ts';
import { outliveSecondErrors } from '../system/second-errors.ts';
import { furtherReasons } from '../telemetry/further-reasons.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';
import type { InTime } from './asked-in-steps.ts';
import { BrokerBlock } from './broker-block.ts';
import { accessIn, addressOf, withHeartbeat } from './broker-url.ts';
import { keepNumbersApart } from './channel-numbers.ts';
import { KeptChannel, pauseBefore, type ChannelUser } from './kept-channel.ts';
import { rabbitmqDriver } from './rabbitmq-driver.ts';
import { keepHeadersShallow } from './shallow-headers.ts';
import { turnedOut, type TurnedOut } from './turned-out.ts';

type Options = {
  readonly url: string;
  readonly logger: Logger;
  readonly sleep: Sleep;
  readonly random: Random;
};

/** Milliseconds for the handshake with the broker. */
const CONNECT_TIMEOUT_MS = 5_000;
/** The longest pause between attempts, in milliseconds: how long a broker may be back before we notice. */
const LONGEST_PAUSE_MS = 5_000;
/** Milliseconds for an orderly close, in case the broker hangs. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * The single connection of this process to RabbitMQ. It reconnects for ever, from the start on: nobody waits for it,
 * since the service runs without its broker, too. Each change of state is one line in the log, and so is each further
 * reason of an outage.
 */
export class RabbitmqConnection {
  readonly #options: Options;
  readonly #channels = new Set<KeptChannel>();
  #connection: Promise<RecoveringChannelModel> | undefined;
  #model: ChannelModel | undefined;
  /** The first error of a connection that is about to end over it. */
  #broke: Error | undefined;
  readonly #reasons = furtherReasons();
  readonly #block = new BrokerBlock();
  readonly #turnedOut: TurnedOut;

  constructor(options: Options) {
    this.#options = options;
    this.#turnedOut = turnedOut(options.sleep);
  }

  get isUp(): boolean {
    return this.#model !== undefined;
  }

  /** The broker is short of memory or disk and reads nothing that is published until it says otherwise. */
  get isBlocked(): boolean {
    return this.#block.isOn;
  }

  /** Users whose channel is not there just now. */
  get withoutChannel(): readonly string[] {
    return [...this.#channels].filter(({ isMissing }) => isMissing).map(({ name }) => name);
  }

  /** Users over whose channel something has gone wrong lately; the log says what. */
  get inTrouble(): readonly string[] {
    return [...this.#channels].filter(({ isInTrouble }) => isInTrouble).map(({ name }) => name);
  }

  start(): void {
    this.#connection ??= this.#connect();
  }

  /** A channel of its own for this user, now if the connection is up, and whenever it is again. */
  onChannel(user: ChannelUser): KeptChannel {
    const isBlocked = (): boolean => this.isBlocked;
    const channel = new KeptChannel(user, { ...this.#options, isBlocked });
    this.#channels.add(channel);
    channel.attach(this.#model);
    return channel;
  }

  /**
   * For what the broker may refuse: it then ends this channel, and none that is in use. Rejects with the refusal.
   * `inTime` sets a limit to each answer about the channel itself, which a broker that hangs does not give.
   */
  async aside(work: (channel: Channel) => Promise<void>, inTime: InTime): Promise<void> {
    if (this.#model === undefined) throw new Error('not connected to RabbitMQ');
    const opening = this.#model.createChannel().then((opened) => opened.on('error', () => undefined));
    const channel = await inTime(opening).catch((error: unknown) => {
      opening.then((late) => late.close()).catch(() => undefined);
      throw error;
    });
    try {
      await work(channel);
    } finally {
      await inTime(channel.close()).catch(() => undefined);
    }
  }

  /** Calls the listener when a block is over and publishing makes sense again. */
  onUnblocked(listener: () => void): void {
    this.#block.onEnd(listener);
  }

  /** Resolves when the broker blocks us, or when `signal` aborts. */
  whenBlocked(signal: AbortSignal): Promise<void> {
    return this.#block.whenOn(signal);
  }

  async close(): Promise<void> {
    const connection = await this.#connection;
    if (connection === undefined) return;
    const said = new AbortController();
    const goodbye = async (): Promise<void> => {
      await Promise.all([...this.#channels].map((channel) => channel.close()));
      await connection.close();
    };
    // A blocked connection cannot be closed in order either.
    const inVain = this.whenBlocked(said.signal);
    await Promise.race([goodbye(), inVain, this.#options.sleep(CLOSE_TIMEOUT_MS, said.signal)]);
    said.abort();
    this.#turnedOut.closed();
    this.#model = undefined;
  }

  async #connect(): Promise<RecoveringChannelModel> {
    const { url, random } = this.#options;
    outliveSecondErrors();
    const { connect, credentials } = await rabbitmqDriver();
    const access = accessIn(url);
    const connection = await connect(withHeartbeat(url), {
      timeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
      keepAlive: true,
      ...(access !== undefined && { credentials: credentials.plain(...access) }),
      clientProperties: { connection_name: `integration-service ${process.pid}` },
      recovery: {
        waitForConnect: false,
        calculateDelay: (attempt) =>
          pauseBefore(attempt + this.#turnedOut.inARow(), random, LONGEST_PAUSE_MS),
        setup: async (model: ChannelModel) => {
          // amqplib itself listens for errors only once `connect` is emitted.
          model.on('error', () => undefined);
          keepHeadersShallow(model);
          keepNumbersApart(model);
        },
      },
    });
    this.#listenTo(connection);
    return connection;
  }

  #listenTo(connection: RecoveringChannelModel): void {
    connection.on('connect', (model) => this.#up(model));
    connection.on('disconnect', (error) => this.#down(error));
    connection.on('connect-failed', (error) => this.#down(error));
    connection.on('blocked', (reason) => this.#blocked(reason));
    connection.on('unblocked', () => this.#unblocked());
    // It is followed by `disconnect`, which does not always say the reason.
    connection.on('error', (error) => void (this.#broke ??= error));
  }

  #up(model: ChannelModel): void {
    this.#model = model;
    this.#turnedOut.opened(() => {
      this.#reasons.forget();
      this.#options.logger.info('connected to RabbitMQ', { broker: addressOf(this.#options.url) });
    });
    for (const channel of this.#channels) channel.attach(model);
  }

  #down(met: Error): void {
    const error = explained(this.#broke ?? met);
    this.#broke = undefined;
    this.#model = undefined;
    this.#turnedOut.ended(met);
    this.#block.forget();
    for (const channel of this.#channels) channel.attach(undefined);
    const { isFirst } = this.#reasons;
    if (!this.#reasons.isNews(error.message)) return;
    const what = isFirst
      ? 'RabbitMQ away, connecting again until it is back'
      : 'RabbitMQ still away, for another reason';
    this.#options.logger.warn(what, {
      broker: addressOf(this.#options.url),
      ...errorFields(error),
    });
  }

  #blocked(reason: string): void {
    this.#block.begin();
    this.#options.logger.warn('RabbitMQ takes no messages for now', { reason });
  }

  #unblocked(): void {
    this.#block.end();
    this.#options.logger.info('RabbitMQ takes messages again');
  }
}

/** The driver's text for a refusal of the broker, whose own words it leaves out. */
const NO_ENTRY = 'Expected ConnectionOpenOk; got <ConnectionClose';

const explained = (error: Error): Error =>
  error.message.startsWith(NO_ENTRY)
    ? new Error(
        'the virtual host of RABBITMQ_URL is not there, its user may not use it, or it takes no more connections',
        { cause: error },
      )
    : error;
