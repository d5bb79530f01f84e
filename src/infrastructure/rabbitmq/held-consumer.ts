import type { Channel, ConsumeMessage } from 'amqplib';

type Deps = {
  readonly channel: Pick<Channel, 'consume' | 'cancel'>;
  readonly queue: string;
  /** Null: the queue was deleted. */
  readonly take: (raw: ConsumeMessage | null) => void;
  /** Whether messages are to wait in their queue for now. */
  readonly isHeld: () => boolean;
};

export type HeldConsumer = {
  /** Begins or stops taking messages, as `isHeld` says. Rejects with the channel. */
  readonly follow: () => Promise<void>;
  /** For good. Resolves when the broker has heard that nothing more is wanted. */
  readonly end: () => Promise<void>;
};

/** A consumer that comes and goes on its channel, one step after the other. */
export const heldConsumer = ({ channel, queue, take, isHeld }: Deps): HeldConsumer => {
  let tag: string | undefined;
  let isOver = false;
  let lastStep: Promise<void> = Promise.resolve();

  const step = async (): Promise<void> => {
    const isWanted = !isOver && !isHeld();
    if (isWanted && tag === undefined) ({ consumerTag: tag } = await channel.consume(queue, take));
    if (isWanted || tag === undefined) return;
    const consumed = tag;
    tag = undefined;
    await channel.cancel(consumed);
  };
  const follow = (): Promise<void> => (lastStep = lastStep.then(step));

  return {
    follow,
    end: () => {
      isOver = true;
      return follow();
    },
  };
};
