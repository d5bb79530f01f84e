import type { Sleep } from '../../domain/shared/clock.ts';
import type { RabbitmqConnection } from './rabbitmq-connection.ts';

type Deps = {
  readonly sleep: Sleep;
  readonly connection: Pick<RabbitmqConnection, 'whenBlocked'>;
};

/** What a consumer that stops has. No command begins any more. */
export type LastCommands = {
  /** Resolves when the broker has heard that nothing more is wanted; one that hangs never does. */
  readonly cancelled: Promise<void>;
  /** Commands that are being carried out. */
  readonly underWay: ReadonlySet<Promise<unknown>>;
  /** Those, and the ones that wait for what the broker says of their outcome. */
  readonly inHand: ReadonlySet<Promise<void>>;
  /** Closes the channel, which gives back what is not acknowledged. */
  readonly close: () => Promise<void> | undefined;
};

/** Milliseconds for the last messages, and for closing the channel: a broker that hangs gets no more. */
const GOODBYE_TIMEOUT_MS = 2_000;

/**
 * Finishes commands within their time. A broker that takes nothing for now hears of none of them, nor of a goodbye:
 * what is done is in its receipt, goes back to the queue with the connection, and is answered from there.
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
