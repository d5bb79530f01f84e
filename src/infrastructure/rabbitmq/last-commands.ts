import type { Sleep } from '../../domain/shared/clock.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';

type Deps = {
  readonly sleep: Sleep;
  readonly connection: Pick<RabbitmqConnection, 'whenBlocked'>;
};

/** The state of a consumer that is being stopped. No further command begins. */
export type LastCommands = {
  /** Resolves when the broker has confirmed the cancellation; one that hangs never does. */
  readonly cancelled: Promise<void>;
  /** Commands that are being carried out. */
  readonly underWay: ReadonlySet<Promise<unknown>>;
  /** Those, and the ones that wait for the broker to confirm their outcome. */
  readonly inHand: ReadonlySet<Promise<void>>;
  /** Closes the channel; the broker requeues what is not acknowledged. */
  readonly close: () => Promise<void> | undefined;
};

/** Milliseconds for the last messages, and for closing the channel, in case the broker hangs. */
const GOODBYE_TIMEOUT_MS = 2_000;

/**
 * Gives commands under way the grace time to finish. A broker that blocks us reads neither their outcome nor a close:
 * what is done stands in its receipt, returns to the queue with the end of the connection, and is answered when it is
 * delivered again.
 */
export const finishLast = async (
  { sleep, connection }: Deps,
  { cancelled, underWay, inHand, close }: LastCommands,
  graceMs: number,
): Promise<void> => {
  const over = new AbortController();
  const unlessBlocked = (work: Promise<unknown>): Promise<unknown> =>
    Promise.race([work, connection.whenBlocked(over.signal)]);
  const goodbye = (): Promise<void> => sleep(GOODBYE_TIMEOUT_MS, over.signal);
  const finish = async (): Promise<void> => {
    await unlessBlocked(Promise.race([cancelled, goodbye()]));
    await Promise.allSettled(underWay);
    await unlessBlocked(settled(inHand));
  };
  await Promise.race([finish(), sleep(graceMs, over.signal)]);
  await unlessBlocked(Promise.race([close(), goodbye()]));
  over.abort();
};

const settled = async (works: ReadonlySet<Promise<void>>): Promise<void> => {
  while (works.size > 0) await Promise.allSettled(works);
};
