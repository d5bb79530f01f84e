import type { ConfirmChannel, IllegalOperationError, Options } from 'amqplib';
import { eventLoopTurn } from '../system/event-loop-turn.ts';

export type Outgoing = {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
};

/** The broker, or AMQP itself, will never take one of the messages, however often it is sent. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
}

/** The name of amqplib's error for an operation on a closed channel. */
const CHANNEL_CLOSED: IllegalOperationError['name'] = 'IllegalOperationError';

export const isChannelClosed = (error: unknown): boolean =>
  error instanceof Error && error.name === CHANNEL_CLOSED;

type OnConfirm = (error: Error | null) => void;

/** After so many messages the event loop gets its turn: they take about a millisecond. */
const SLICE = 64;

/**
 * Publishes all messages in order and waits once for all publisher confirms. Rejects when the broker refuses one or the
 * channel closes; messages sent by then may have arrived.
 */
export const sendConfirmed = (channel: ConfirmChannel, messages: readonly Outgoing[]): Promise<void> =>
  new Promise((resolve, reject) => {
    let unconfirmed = messages.length;
    if (unconfirmed === 0) return resolve();
    sendInSlices(channel, messages, (error) => {
      unconfirmed -= 1;
      if (error !== null) reject(error);
      else if (unconfirmed === 0) resolve();
    }).catch(reject);
  });

const sendInSlices = async (
  channel: ConfirmChannel,
  messages: readonly Outgoing[],
  onConfirm: OnConfirm,
): Promise<void> => {
  for (const [index, message] of messages.entries()) {
    if (index > 0 && index % SLICE === 0) await eventLoopTurn();
    sendOne(channel, message, onConfirm);
  }
};

const sendOne = (channel: ConfirmChannel, message: Outgoing, onConfirm: OnConfirm): void => {
  const { exchange, routingKey, content, options } = message;
  try {
    channel.publish(exchange, routingKey, content, options, onConfirm);
  } catch (error) {
    // Otherwise AMQP cannot encode the message: one of its properties exceeds 255 bytes.
    if (isChannelClosed(error)) throw error;
    throw new MessageRefused(error instanceof Error ? error.message : String(error));
  }
};
