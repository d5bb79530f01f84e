import type { Channel, ConsumeMessage } from 'amqplib';

/** A message without its body, which may be far larger than what is kept of it. */
export type MessageHead = Pick<ConsumeMessage, 'fields' | 'properties'>;

const NO_BYTES = Buffer.alloc(0);

/** All that the library looks at for an acknowledgement is the tag. */
export const tagOnly = (head: MessageHead): ConsumeMessage => ({ ...head, content: NO_BYTES });

/** Back to its queue, for whoever takes it next. */
export const giveBack = (channel: Channel, head: MessageHead): void => {
  try {
    channel.nack(tagOnly(head), false, true);
  } catch {
    // The channel is gone, and with it went the message, back to the queue.
  }
};
