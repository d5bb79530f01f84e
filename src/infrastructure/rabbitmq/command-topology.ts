import type { Channel } from 'amqplib';
import { commandTypes, MOST_RETURNS } from '../../application/command-queue.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { provide, type MadeByOthers, type TopologyPart } from './topology-part.ts';

/** Work on a channel of its own, see `RabbitmqConnection.aside`. */
export type Aside = (work: (channel: Channel) => Promise<void>) => Promise<void>;

export const deadQueueOf = (queue: string): string => `${queue}.dead`;
export const retryQueueOf = (queue: string, delayMs: number): string => `${queue}.retry.${delayMs}`;

/**
 * Dead-lettering inside the broker is confirmed like any publishing only like this; it refuses instead of dropping when
 * full.
 */
const NOTHING_LOST = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };

/**
 * The exchange that senders publish to, with a queue of the same name, one queue for each delay, and the dead letters.
 * All of them durable and replicated. Who has made one otherwise than the contract says is refused by the broker.
 */
export const declareCommandQueues = async (
  channel: Channel,
  queue: string,
  delaysMs: readonly number[],
  madeByOthers: MadeByOthers = new Map(),
  aside: Aside = () => Promise.resolve(),
): Promise<void> => {
  const name = `exchange ${queue}`;
  const make = () => channel.assertExchange(queue, 'direct', { durable: true });
  await provide({ name, make, look: () => channel.checkExchange(queue) }, madeByOthers);
  for (const part of queuesOf(channel, queue, delaysMs)) await provide(part, madeByOthers);
  const bindings = { name: `bindings of ${queue}`, make: () => bindAll(channel, queue) };
  // Whether it is bound nobody can ask: where that was forbidden once it is tried again, for it may be allowed by now.
  const look = () => aside((other) => bindAll(other, queue)).catch(() => undefined);
  await provide({ ...bindings, look }, madeByOthers);
};

/** Milliseconds between two looks at whether exchange, queues and bindings are still there. */
const LOOK_EVERY_MS = 30_000;

/**
 * Declares them again as long as they are used: nobody is told of an exchange or a binding that somebody removes.
 * Whatever is wrong closes the channel, and a new one mends it.
 */
export const lookAfterQueues = async (
  declare: () => Promise<void>,
  sleep: Sleep,
  lost: AbortSignal,
): Promise<void> => {
  for (;;) {
    await sleep(LOOK_EVERY_MS, lost);
    if (lost.aborted) return;
    await declare().catch(() => undefined);
  }
};

/** The most looks that are passed over between two tries: four minutes. */
const MOST_PASSED = 8;

/** Refused, it is tried again with the next look, then after two, four and eight: each try is a line in a log there. */
export const lessAndLess = (aside: Aside): Aside => {
  let wait = 1;
  let looks = 0;
  return async (work) => {
    looks -= 1;
    if (looks > 0) return;
    try {
      await aside(work);
      [wait, looks] = [1, 0];
    } catch (error) {
      [wait, looks] = [Math.min(wait * 2, MOST_PASSED), wait];
      throw error;
    }
  };
};

const queuesOf = (channel: Channel, queue: string, delaysMs: readonly number[]): readonly TopologyPart[] => {
  const quorum = (name: string, more: object = {}): TopologyPart => ({
    name,
    make: () =>
      channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum', ...more } }),
    look: () => channel.checkQueue(name),
  });
  return [
    quorum(deadQueueOf(queue)),
    // Back over the default exchange: whatever key it came with, it comes back to this queue alone.
    ...[...new Set(delaysMs)].map((delayMs) =>
      quorum(retryQueueOf(queue, delayMs), { ...deadLetterTo(queue), 'x-message-ttl': delayMs }),
    ),
    {
      ...quorum(queue, { ...deadLetterTo(deadQueueOf(queue)), 'x-delivery-limit': MOST_RETURNS }),
      // It counts what comes back, and what comes back too often is parked before the broker would drop it.
      otherwise: async () => {
        // If it is gone, the next attempt makes it as ours.
        await channel.checkQueue(queue);
        await quorum(queue).make();
      },
    },
  ];
};

const deadLetterTo = (queue: string): object => ({
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': queue,
  ...NOTHING_LOST,
});

/** The contract names no routing key: senders choose the type, the queue's name, or none. */
const bindAll = async (channel: Channel, queue: string): Promise<void> => {
  for (const key of [queue, '', ...commandTypes]) await channel.bindQueue(queue, queue, key);
};
