import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { RabbitmqCommandQueue } from '../../../src/infrastructure/rabbitmq/rabbitmq-command-queue.ts';
import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import {
  deadQueueOf,
  declareCommandQueues,
  retryQueueOf,
} from '../../../src/infrastructure/rabbitmq/command-topology.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { silentLogger } from '../../../src/infrastructure/telemetry/winston-logger.ts';
import { commandQueueContract, type CommandQueueHarness } from '../../contract/command-queue.contract.ts';
import type { DeadCommand, ReceivedAnswer } from '../../../src/infrastructure/memory/memory-command-bus.ts';
import type { SentCommand } from '../../../src/infrastructure/memory/memory-command-queue.ts';
import { commandMeans } from '../../support/command-means.ts';
import { brokerNames, type BrokerNames } from '../../support/rabbitmq-server.ts';

const delaysMs = [20, 30, 40, 50];

const definedOf = (properties: object): object =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

const publish = (
  channel: ConfirmChannel,
  exchange: string,
  { body, ...properties }: SentCommand,
): Promise<void> =>
  new Promise((resolve, reject) =>
    channel.publish(
      exchange,
      exchange,
      Buffer.from(body),
      { ...definedOf(properties), persistent: true },
      (error) => (error === null ? resolve() : reject(error as Error)),
    ),
  );

const answerFrom = ({ content, properties }: ConsumeMessage): ReceivedAnswer => ({
  status: Number(properties.headers?.['status']),
  contentType: properties.contentType as string | undefined,
  body: content.toString(),
  isRepeat: properties.headers?.['repeated'] === true,
  correlationId: properties.correlationId as string | undefined,
});

const deadFrom = ({ content, properties }: ConsumeMessage): DeadCommand => ({
  type: properties.type as string | undefined,
  messageId: properties.messageId as string | undefined,
  headers: properties.headers ?? {},
  body: content,
  bodyBytes: Number(properties.headers?.['x-body-bytes']),
  reason: String(properties.headers?.['x-reason'] ?? properties.headers?.['x-first-death-reason']),
  detail: String(properties.headers?.['x-reason-detail']),
});

const harness = async (names: BrokerNames): Promise<CommandQueueHarness> => {
  const queue = names.name('commands');
  names.name('commands.dead');
  for (const delay of delaysMs) names.name(`commands.retry.${delay}`);
  const channel = await names.channel();
  const connections: RabbitmqConnection[] = [];
  const seenDead: DeadCommand[] = [];
  const means = commandMeans();
  let dropped = 0;
  let isDeadWatched = false;
  // The first consumer declares everything, so that senders have a queue to send to.
  const open = (prefetch = 16): RabbitmqCommandQueue => {
    const connection = new RabbitmqConnection({
      url: names.url,
      logger: silentLogger,
      sleep: systemSleep,
      random: Math.random,
    });
    connection.start();
    connections.push(connection);
    return new RabbitmqCommandQueue({
      connection,
      queue,
      prefetch,
      means,
      retryDelaysMs: delaysMs,
      clock: systemClock,
      ids: systemIds,
      sleep: systemSleep,
      logger: silentLogger,
      onAnswerDropped: () => (dropped += 1),
    });
  };
  await declareCommandQueues(channel, queue, delaysMs);
  return {
    delaysMs,
    queue: open,
    send: (command) => publish(channel, queue, command),
    answers: async () => {
      const seen: ReceivedAnswer[] = [];
      const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
      await channel.consume(replyTo, (raw) => void (raw && seen.push(answerFrom(raw))), { noAck: true });
      return { replyTo, seen };
    },
    dead: async () => {
      if (!isDeadWatched) {
        isDeadWatched = true;
        await channel.consume(deadQueueOf(queue), (raw) => void (raw && seenDead.push(deadFrom(raw))), {
          noAck: true,
        });
      }
      return seenDead;
    },
    waiting: async () => (await channel.checkQueue(queue)).messageCount,
    away: means.away,
    dropped: () => dropped,
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      for (const name of [queue, deadQueueOf(queue), ...delaysMs.map((ms) => retryQueueOf(queue, ms))])
        await channel.deleteQueue(name);
      await channel.deleteExchange(queue);
      await channel.close();
    },
  };
};

describe('commands over RabbitMQ', () => {
  let names: BrokerNames;
  before(async () => void (names = await brokerNames()));
  after(() => names.drop());

  commandQueueContract('RabbitmqCommandQueue', () => harness(names));
});
