import { connect, type ChannelModel, type MessageProperties } from 'amqplib';
import type { CloudEvent } from '../../src/application/event-bus.ts';

export type ReceivedEvent = {
  readonly event: CloudEvent;
  readonly properties: MessageProperties;
  readonly routingKey: string;
};

/** A listener's durable queue on an exchange of events, read in the order of the queue. */
export type EventQueue = {
  /**
   * Resolves with everything received so far once there are at least `count` messages; rejects if they do not arrive.
   */
  readonly received: (count: number) => Promise<readonly ReceivedEvent[]>;
  /** Everything that is in the queue now. */
  readonly drained: () => Promise<readonly ReceivedEvent[]>;
  /** Removes the queue if it was bound here: nothing is kept for a listener that has left. */
  readonly close: () => Promise<void>;
};

type Options = {
  readonly url: string;
  readonly queue: string;
  /** Undefined: the queue exists already, with the right binding. */
  readonly bind?: { readonly exchange: string; readonly pattern: string };
};

const PATIENCE_MS = 30_000;

/** The queue stays bound and keeps messages while nobody reads, also across a restart of the broker. */
export const bindEventQueue = async ({ url, queue, bind }: Options): Promise<void> => {
  const model = await connect(url);
  const channel = await model.createChannel();
  await channel.assertQueue(queue, { durable: true });
  if (bind !== undefined) {
    await channel.assertExchange(bind.exchange, 'topic', { durable: true });
    await channel.bindQueue(queue, bind.exchange, bind.pattern);
  }
  await model.close();
};

/** Removes the queue with all its messages. */
export const removeEventQueue = async (url: string, queue: string): Promise<void> => {
  const model = await connect(url);
  await (await model.createChannel()).deleteQueue(queue);
  await model.close();
};

const consume = async (model: ChannelModel, queue: string, take: (received: ReceivedEvent) => void) => {
  const channel = await model.createChannel();
  await channel.prefetch(500);
  await channel.consume(queue, (message) => {
    if (message === null) return;
    take({
      event: JSON.parse(message.content.toString()) as CloudEvent,
      properties: message.properties,
      routingKey: message.fields.routingKey,
    });
    channel.ack(message);
  });
  return channel;
};

/** Binds the queue if told to, and reads it from now on. */
export const readEventQueue = async (options: Options): Promise<EventQueue> => {
  if (options.bind !== undefined) await bindEventQueue(options);
  const model = await connect(options.url);
  model.on('error', () => undefined);
  const all: ReceivedEvent[] = [];
  const waiting = new Set<() => void>();
  const channel = await consume(model, options.queue, (received) => {
    all.push(received);
    for (const look of waiting) look();
  });
  const received = (count: number): Promise<readonly ReceivedEvent[]> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`${all.length} of ${count} events came within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
      const look = (): void => {
        if (all.length < count) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve([...all]);
      };
      waiting.add(look);
      look();
    });
  return {
    received,
    drained: async () => {
      // The broker does not count messages that are not acknowledged yet: polled until none has arrived in between.
      for (;;) {
        const before = all.length;
        const { messageCount } = await channel.checkQueue(options.queue);
        if (messageCount === 0 && all.length === before) return [...all];
      }
    },
    close: async () => {
      if (options.bind !== undefined) await channel.deleteQueue(options.queue);
      await model.close();
    },
  };
};
