import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import type { Writable } from 'node:stream';
import type { CommandMessage, Settlement } from '../../../src/application/command-queue.ts';
import { declareCommandQueues, deadQueueOf } from '../../../src/infrastructure/rabbitmq/command-topology.ts';
import { RabbitmqCommandQueue } from '../../../src/infrastructure/rabbitmq/rabbitmq-command-queue.ts';
import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { brokerNames, type BrokerNames } from '../../support/rabbitmq-server.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { eventually } from '../../support/until.ts';

const delaysMs = [20];
const reply = { status: 200, contentType: undefined, body: '', isRepeat: false };
const done: Settlement = { kind: 'done', reply };
const parked: Settlement = { kind: 'parked', reason: 'invalid-input', detail: 'wrong', reply };

/**
 * The library cannot write such deep nesting either: the header `odd` is written as bytes, and its type tag is changed
 * to an array on the way.
 */
const makingArraysOfBytes = ({ connection }: ChannelModel): void => {
  const { stream } = connection as unknown as { readonly stream: Writable };
  const write = stream.write.bind(stream) as (bytes: Buffer) => boolean;
  const name = Buffer.from('\x03oddx', 'latin1');
  stream.write = (bytes: Buffer) => {
    const at = bytes.indexOf(name);
    if (at >= 0) bytes.write('A', at + name.length - 1);
    return write(bytes);
  };
};

/** An array in an array, and so on, encoded. */
const nested = (levels: number): Buffer => {
  const head = 5;
  const bytes = Buffer.alloc(levels * head);
  for (let level = 0; level < levels; level += 1) {
    bytes.write('A', level * head, 'latin1');
    bytes.writeUInt32BE((levels - level - 1) * head, level * head + 1);
  }
  return bytes;
};

const nestedList = (levels: number): unknown => (levels === 0 ? 'end' : [nestedList(levels - 1)]);

describe('commands with nested headers', () => {
  let names: BrokerNames;
  let sender: ChannelModel;
  let channel: ConfirmChannel;
  let connection: RabbitmqConnection;
  let logger: ReturnType<typeof recordingLogger>;
  let queue: string;
  let seen: CommandMessage[];
  let goOn: () => void;

  before(async () => void (names = await brokerNames()));
  after(() => names.drop());
  beforeEach(async () => {
    sender = await connect(names.url);
    channel = await sender.createConfirmChannel();
    queue = names.name('commands');
    for (const more of ['.dead', '.retry.20']) names.name(`commands${more}`);
    await declareCommandQueues(channel, queue, delaysMs);
    logger = recordingLogger();
    seen = [];
    const released = new Promise<void>((resolve) => (goOn = resolve));
    connection = new RabbitmqConnection({ url: names.url, logger, sleep: systemSleep, random: Math.random });
    connection.start();
    const commands = new RabbitmqCommandQueue({
      connection,
      queue,
      prefetch: 4,
      retryDelaysMs: delaysMs,
      clock: systemClock,
      ids: systemIds,
      sleep: systemSleep,
      logger,
      onAnswerDropped: () => undefined,
    });
    commands.consume(async (message) => {
      seen.push(message);
      if (message.messageId === 'odd') return parked;
      await released;
      return done;
    });
  });
  afterEach(async () => {
    goOn();
    await connection.close();
    await sender.close();
  });

  const send = async (messageId: string, headers: object = {}): Promise<void> => {
    channel.publish(queue, queue, Buffer.from('{}'), { messageId, headers, persistent: true });
    await channel.waitForConfirms();
  };
  const deadLetter = () =>
    eventually(
      'a dead letter',
      async () => (await channel.get(deadQueueOf(queue), { noAck: true })) || undefined,
    );

  it('are parked however deep the nesting is, without redelivery of unacknowledged messages beside them', async () => {
    makingArraysOfBytes(sender);
    await send('beside');
    await eventually('the one beside', async () => (seen.length > 0 ? true : undefined));
    await send('odd', { odd: nested(12_000) });
    const { properties } = await deadLetter();
    expect(properties.headers).to.include({ 'x-reason': 'invalid-input' });
    expect(properties.headers?.['odd']).to.be.an('array');
    const lost = logger.lines.filter(({ message }) => message.startsWith('RabbitMQ away'));
    expect(lost).to.deep.equal([]);
    expect(seen.map(({ messageId, returns }) => [messageId, returns])).to.deep.equal([
      ['beside', 0],
      ['odd', 0],
    ]);
  });

  it('keep values of all types nested no deeper than readers accept', async () => {
    const kinds = {
      text: 'Ташкент',
      yes: true,
      none: null,
      half: 0.5,
      integers: [1, 1_000, 100_000, 2 ** 40],
      bytes: Buffer.from('AAFFxx'),
      list: ['A', { deep: [1, ['F']] }],
      when: { '!': 'timestamp', value: 1_795_694_400 },
      price: { '!': 'decimal', value: { places: 2, digits: 499 } },
    };
    const unsigned = ['uint8', 'uint16', 'uint32'].map((type) => ({ '!': type, value: 200 }));
    const headers = { ...kinds, float: { '!': 'float', value: 0.25 }, unsigned, last: nestedList(40) };
    await send('odd', headers);
    const expected = { ...kinds, float: 0.25, unsigned: [200, 200, 200], last: nestedList(40) };
    expect((await deadLetter()).properties.headers).to.deep.include(expected);
  });
});
