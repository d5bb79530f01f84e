import type { Channel } from 'amqplib';
import { commandTypes, MOST_RETURNS } from '../../application/command-queue.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { provide, type MadeByOthers, type TopologyPart } from './topology-part.ts';

/** Runs work on a separate channel, see `RabbitmqConnection.aside`. */
export type Aside = (work: (channel: Channel) => Promise<void>) => Promise<void>;

export const deadQueueOf = (queue: string): string => `${queue}.dead`;
export const retryQueueOf = (queue: string, delayMs: number): string => `${queue}.retry.${delayMs}`;

/**
 * With at-least-once dead-lettering the broker confirms transfers between queues like any publishing; with
 * reject-publish a full queue refuses messages instead of dropping them.
 */
const NOTHING_LOST = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };

/**
 * Declares the exchange that senders publish to, the command queue of the same name, a queue for each retry delay, and
 * the dead-letter queue, all of them durable and replicated (quorum queues). Where one of them exists with other
 * arguments, the broker refuses.
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
  // AMQP cannot tell whether a binding exists. Where binding was forbidden once, it is tried again, since it may be
  // allowed by now.
  const look = () => aside((other) => bindAll(other, queue)).catch(() => undefined);
  await provide({ ...bindings, look }, madeByOthers);
};

/** Milliseconds between two checks that exchange, queues and bindings still exist. */
const LOOK_EVERY_MS = 30_000;

/**
 * Declares everything again from time to time, since the broker tells nobody when an exchange or a binding is removed.
 * Whatever is wrong closes the channel, and the next one sets it right.
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

/** The most checks that are skipped between two attempts: four minutes. */
const MOST_PASSED = 8;

/**
 * Backs off after refusals: the next attempt comes with the next check, then after two, four and eight, since each one
 * is a line in the broker's log.
 */
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
    // An expired retry goes through the default exchange: whatever routing key the command came with, it returns to
    // this queue only.
    ...[...new Set(delaysMs)].map((delayMs) =>
      quorum(retryQueueOf(queue, delayMs), { ...deadLetterTo(queue), 'x-message-ttl': delayMs }),
    ),
    {
      ...quorum(queue, { ...deadLetterTo(deadQueueOf(queue)), 'x-delivery-limit': MOST_RETURNS }),
      // A command queue without our arguments will do: a quorum queue counts redeliveries, and a command that comes
      // back too often is parked before the broker would drop it.
      otherwise: async () => {
        // If it is gone, the next attempt declares it with our arguments.
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

/** The contract prescribes no routing key: senders use the command's type, the queue's name, or none. */
const bindAll = async (channel: Channel, queue: string): Promise<void> => {
  for (const key of [queue, '', ...commandTypes]) await channel.bindQueue(queue, queue, key);
};
