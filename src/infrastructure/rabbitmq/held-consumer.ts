import type { Channel, ConsumeMessage } from 'amqplib';

type Deps = {
  readonly channel: Pick<Channel, 'consume' | 'cancel'>;
  readonly queue: string;
  /** Called with null when the queue was deleted. */
  readonly take: (raw: ConsumeMessage | null) => void;
  /** Whether messages should stay in the queue for now. */
  readonly isHeld: () => boolean;
};

export type HeldConsumer = {
  /** Starts or cancels consuming, as `isHeld` says. Rejects if the channel does. */
  readonly follow: () => Promise<void>;
  /** Cancels for good. Resolves when the broker has confirmed it. */
  readonly end: () => Promise<void>;
};

/** A consumer that is started and cancelled on its channel, one step after the other. */
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
