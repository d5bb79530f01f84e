import { connect } from 'amqplib';
import { expect } from 'chai';
import type { CommandMessage } from '../../../src/application/command-queue.ts';
import { declareCommandQueues, deadQueueOf } from '../../../src/infrastructure/rabbitmq/command-topology.ts';
import { RabbitmqCommandQueue } from '../../../src/infrastructure/rabbitmq/rabbitmq-command-queue.ts';
import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { brokerNames, type BrokerNames } from '../../support/rabbitmq-server.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { eventually } from '../../support/until.ts';

const FRAME_MAX = 4_096;
const delaysMs = [20];
const reply = { status: 422, contentType: undefined, body: '', isRepeat: false };

describe('commands over a connection whose frames are small', () => {
  let names: BrokerNames;
  before(async () => void (names = await brokerNames()));
  after(() => names.drop());

  /** Sends a message that is retried and then parked. Returns the dead letter, and the headers that were seen. */
  const parkedWith = async (headers: Readonly<Record<string, unknown>>) => {
    const queue = names.name(`commands-${Object.keys(headers).join('-')}`);
    for (const more of ['.dead', '.retry.20']) names.name(`${queue}${more}`);
    const sender = await connect(names.url);
    const channel = await sender.createConfirmChannel();
    await declareCommandQueues(channel, queue, delaysMs);
    const logger = recordingLogger();
    const seen: CommandMessage[] = [];
    const url = `${names.url}?frameMax=${FRAME_MAX}`;
    const connection = new RabbitmqConnection({ url, logger, sleep: systemSleep, random: Math.random });
    connection.start();
    const shared = { clock: systemClock, ids: systemIds, sleep: systemSleep, logger };
    const onAnswerDropped = () => undefined;
    const commands = new RabbitmqCommandQueue({
      ...shared,
      connection,
      queue,
      prefetch: 4,
      retryDelaysMs: delaysMs,
      onAnswerDropped,
    });
    commands.consume(async (message) => {
      seen.push(message);
      return message.retries === 0
        ? { kind: 'retry', reason: 'unavailable' }
        : { kind: 'parked', reason: 'invalid-input', detail: 'wrong', reply };
    });
    const own = { management_company_id: 'a-company' };
    channel.publish(queue, queue, Buffer.from('{}'), {
      messageId: 'm-1',
      headers: { ...headers, ...own },
      persistent: true,
    });
    const dead = await eventually(
      'a dead letter',
      async () => (await channel.get(deadQueueOf(queue), { noAck: true })) || undefined,
    );
    await connection.close();
    for (const more of ['', '.dead', '.retry.20']) await channel.deleteQueue(`${queue}${more}`);
    await channel.deleteExchange(queue);
    await sender.close();
    expect(logger.lines.filter(({ message }) => message.startsWith('RabbitMQ away'))).to.deep.equal([]);
    expect(seen.map(({ retries, returns }) => [retries, returns])).to.deep.equal([
      [0, 0],
      [1, 0],
    ]);
    expect(dead.properties.headers).to.include({ ...own, 'x-reason': 'invalid-input', 'x-attempt': 1 });
    return dead.properties.headers ?? {};
  };

  it('are retried and parked without headers that do not fit into a frame', async () => {
    const headers = await parkedWith({ wide: { inner: ['x'.repeat(5_000)] } });
    expect(headers).not.to.have.property('wide');
  });

  it('keep headers that just fit', async () => {
    const fitting = 'x'.repeat(3_700);
    expect(await parkedWith({ fitting })).to.include({ fitting });
  });
});
