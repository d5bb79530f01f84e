import type { Channel } from 'amqplib';
import { commandTypes, MOST_RETURNS } from '../../application/command-queue.ts';

export const deadQueueOf = (queue: string): string => `${queue}.dead`;
export const retryQueueOf = (queue: string, delayMs: number): string => `${queue}.retry.${delayMs}`;

/** Dead-lettering inside the broker is confirmed like any publishing only like this; it refuses instead of dropping when full. */
const NOTHING_LOST = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };

/**
 * The exchange that senders publish to, with a queue of the same name, one queue for each delay, and the dead
 * letters. All of them durable and replicated. Whoever differs about an argument is refused by the broker.
 */
export const declareCommandQueues = async (
  channel: Channel,
  queue: string,
  delaysMs: readonly number[],
): Promise<void> => {
  const quorum = async (name: string, more: object = {}): Promise<unknown> =>
    channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum', ...more } });
  await channel.assertExchange(queue, 'direct', { durable: true });
  await quorum(deadQueueOf(queue));
  // Back over the default exchange: whatever key it came with, it comes back to this queue alone.
  for (const delayMs of new Set(delaysMs))
    await quorum(retryQueueOf(queue, delayMs), { ...deadLetterTo(queue), 'x-message-ttl': delayMs });
  await quorum(queue, { ...deadLetterTo(deadQueueOf(queue)), 'x-delivery-limit': MOST_RETURNS });
  // The contract names no routing key: senders choose the type, the queue's name, or none.
  for (const key of [queue, '', ...commandTypes]) await channel.bindQueue(queue, queue, key);
};

const deadLetterTo = (queue: string): object => ({
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': queue,
  ...NOTHING_LOST,
});
