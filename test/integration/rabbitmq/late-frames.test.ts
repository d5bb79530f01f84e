import type { ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import { once } from 'node:events';
import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net';
import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { brokerNames, type BrokerNames } from '../../support/rabbitmq-server.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { eventually } from '../../support/until.ts';

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const BASIC = 60;
const DELIVER = 60;
const FRAME_END = 0xce;

const short = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
const number = (value: number, bytes: number): Buffer => {
  const written = Buffer.alloc(bytes);
  written.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
  return written;
};
const frame = (type: number, channel: number, ...payload: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(payload);
  const head = Buffer.concat([Buffer.of(type), number(channel, 2), number(content.length, 4)]);
  return Buffer.concat([head, content, Buffer.of(FRAME_END)]);
};
/** As the broker sends a message to a consumer. */
const delivery = (channel: number): Buffer => {
  const body = Buffer.from('{}');
  const words = [short('a-consumer'), number(1, 8), number(0, 1), short(''), short('a-queue')];
  return Buffer.concat([
    frame(METHOD, channel, number(BASIC, 2), number(DELIVER, 2), ...words),
    frame(HEADER, channel, number(BASIC, 2), number(0, 2), number(body.length, 8), number(0, 2)),
    frame(BODY, channel, body),
  ]);
};

/** Passes everything on between a client and the broker, and what the test sends in the broker's name. */
const startBetween = async (broker: URL) => {
  const clients: Socket[] = [];
  const server = createServer((client) => {
    const behind = connectTo(Number(broker.port), broker.hostname);
    clients.push(client.on('error', () => behind.destroy()));
    behind.on('error', () => client.destroy());
    client.pipe(behind).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(broker);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    say: (bytes: Buffer) => void clients.at(-1)?.write(bytes),
    close: () => server.close(),
  };
};

const MESSAGES = 1_000;

/** Gives all messages back, until it acknowledges one of them twice. */
const consumedUntilWrong = async (channel: ConfirmChannel, queue: string): Promise<void> => {
  let seen = 0;
  await channel.prefetch(MESSAGES / 2);
  await channel.consume(queue, (message) => {
    if (message === null) return;
    seen += 1;
    if (seen > 20) return;
    channel.nack(message);
    if (seen === 20) channel.ack(message);
  });
};

describe('frames of RabbitMQ that arrive when their channel is closed', () => {
  let names: BrokerNames;
  before(async () => void (names = await brokerNames()));
  after(() => names.drop());

  let between: Awaited<ReturnType<typeof startBetween>>;
  let logger: ReturnType<typeof recordingLogger>;
  let connection: RabbitmqConnection;
  beforeEach(async () => {
    between = await startBetween(new URL(names.url));
    logger = recordingLogger();
    connection = new RabbitmqConnection({ url: between.url, logger, sleep: systemSleep, random: () => 0 });
    connection.start();
  });
  afterEach(async () => {
    await connection.close();
    between.close();
  });

  /** On a connection with no more channels than that. */
  const connectedAnew = async (mostChannels: number): Promise<void> => {
    await connection.close();
    const url = `${between.url}?channelMax=${mostChannels}`;
    connection = new RabbitmqConnection({ url, logger, sleep: systemSleep, random: () => 0 });
    connection.start();
  };
  const messages = (): readonly string[] => logger.lines.map(({ message }) => message);
  const aUser = (opened: (channel: ConfirmChannel) => Promise<unknown> = async () => undefined) => {
    const channels: ConfirmChannel[] = [];
    connection.onChannel({
      name: 'test',
      opened: async (channel) => {
        await opened(channel);
        channels.push(channel);
      },
    });
    const nth = (n: number) => eventually(`${n} channels`, async () => channels[n - 1]);
    return { channels, nth };
  };
  const numberOf = (channel: ConfirmChannel): number => (channel as unknown as { readonly ch: number }).ch;
  /** The numbers of so many channels, of which the broker closes one after the other. */
  const numbersOf = async (user: ReturnType<typeof aUser>, count: number): Promise<readonly number[]> => {
    for (let n = 1; n < count; n += 1) {
      const channel = await user.nth(n);
      await channel.checkQueue('no-such-queue').catch(() => undefined);
    }
    await user.nth(count);
    return user.channels.map(numberOf);
  };

  it('come to nothing, and touch neither the channel after it nor those of others', async () => {
    const [one, other] = [aUser(), aUser()];
    const closed = await one.nth(1);
    await other.nth(1);
    await closed.checkQueue('no-such-queue').catch(() => undefined);
    const next = await one.nth(2);
    between.say(delivery(numberOf(closed)));
    await next.checkExchange('amq.topic');
    expect([one.channels.length, other.channels.length]).to.deep.equal([2, 1]);
    expect(messages()).to.deep.equal(['connected to RabbitMQ', 'channel closed by the broker']);
  });

  it('meet none that has the number now, as long as there are others', async () => {
    const numbers = await numbersOf(aUser(), 5);
    expect(new Set(numbers).size).to.equal(5);
  });

  it('cost no number for good: where there are few, each comes round again', async () => {
    await connectedAnew(3);
    const numbers = await numbersOf(aUser(), 8);
    expect(numbers.every((number) => number >= 1 && number <= 3)).to.equal(true);
  });

  // RabbitMQ delivers from a quorum queue also after it has closed the channel.
  it('are those of a queue that is consumed: only the channel is lost over a wrong acknowledgement', async () => {
    const queue = names.name('late-frames');
    const sender = await names.channel();
    await sender.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    for (let n = 0; n < MESSAGES; n += 1) sender.publish('', queue, Buffer.from('{}'));
    await sender.waitForConfirms();
    const user = aUser((channel) => consumedUntilWrong(channel, queue));
    await user.nth(6);
    expect(messages()).to.deep.equal(['connected to RabbitMQ', 'channel closed by the broker']);
  });

  it('end a connection on which there never was such a channel, and the log says why', async () => {
    const user = aUser();
    await user.nth(1);
    between.say(delivery(77));
    await user.nth(2);
    const [, away] = logger.lines;
    expect(away?.message).to.equal('RabbitMQ away, connecting again until it is back');
    expect(away?.fields['error']).to.equal('Frame on unknown channel: <BasicDeliver channel:77>');
  });
});
