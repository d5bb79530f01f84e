import type { Channel, ConsumeMessage } from 'amqplib';

/** A message without its body, which may be far larger than the part that is kept. */
export type MessageHead = Pick<ConsumeMessage, 'fields' | 'properties'>;

const NO_BYTES = Buffer.alloc(0);

/** For an acknowledgement amqplib needs only the delivery tag. */
export const tagOnly = (head: MessageHead): ConsumeMessage => ({ ...head, content: NO_BYTES });

/** Requeues the message for any consumer. */
export const giveBack = (channel: Channel, head: MessageHead): void =>
  ifStillThere(() => channel.nack(tagOnly(head), false, true));

/**
 * Requeues the message as one more failure. From RabbitMQ 4.3 on, a quorum queue counts only rejects towards its
 * delivery limit, no longer nacks (rabbitmq-server#15387); before that it counts both.
 */
export const giveBackFailed = (channel: Channel, head: MessageHead): void =>
  ifStillThere(() => channel.reject(tagOnly(head), true));

const ifStillThere = (settle: () => void): void => {
  try {
    settle();
  } catch {
    // The channel is gone, and the broker has requeued the message with it.
  }
};
