import type { Channel, ConsumeMessage } from 'amqplib';

/** A message without its body, which may be far larger than what is kept of it. */
export type MessageHead = Pick<ConsumeMessage, 'fields' | 'properties'>;

const NO_BYTES = Buffer.alloc(0);

/** All that the library looks at for an acknowledgement is the tag. */
export const tagOnly = (head: MessageHead): ConsumeMessage => ({ ...head, content: NO_BYTES });

/** Back to its queue, for whoever takes it next. */
export const giveBack = (channel: Channel, head: MessageHead): void =>
  ifStillThere(() => channel.nack(tagOnly(head), false, true));

/**
 * Back to its queue as one more failure: from RabbitMQ 4.3 on a quorum queue counts what is rejected towards its
 * delivery limit, and no longer what is nacked (rabbitmq-server#15387); before that it counts both.
 */
export const giveBackFailed = (channel: Channel, head: MessageHead): void =>
  ifStillThere(() => channel.reject(tagOnly(head), true));

const ifStillThere = (settle: () => void): void => {
  try {
    settle();
  } catch {
    // The channel is gone, and with it went the message, back to the queue.
  }
};
