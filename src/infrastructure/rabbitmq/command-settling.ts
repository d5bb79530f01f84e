import type { ConfirmChannel, MessageProperties, Options as Amqp } from 'amqplib';
import type { CommandMessage, CommandReply, Settlement } from '../../application/command-queue.ts';
import type { Clock, IdSource, Sleep } from '../../domain/shared/clock.ts';
import {
  answerProperties,
  parkedProperties,
  postponedProperties,
  retriedProperties,
  withoutOddities,
} from './command-properties.ts';
import { deadQueueOf, retryQueueOf } from './command-topology.ts';
import { CONFIRM_TIMEOUT_MS, type ConfirmedPublisher, type PublishOutcome } from './confirmed-publisher.ts';

/** A channel with all that belongs to it: settling a message on another one is a protocol error. */
export type CommandChannel = { readonly channel: ConfirmChannel; readonly publisher: ConfirmedPublisher };

export type SettlingOptions = {
  /** Name of the exchange and of the queue; the others follow from it. */
  readonly queue: string;
  readonly retryDelaysMs: readonly number[];
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly sleep: Sleep;
  readonly ids: IdSource;
  readonly onAnswerDropped: () => void;
};

type Deps = SettlingOptions & {
  /** Makes sure of the queues. Rejects when that takes too long. */
  readonly declare: (channel: ConfirmChannel) => Promise<void>;
};

/** What becomes of a message, but for its acknowledgement. */
export type CommandSettling = {
  /** Rejects when the broker has not confirmed the copy that it comes to. Gives what is still to be answered. */
  readonly settle: (
    on: CommandChannel,
    properties: MessageProperties,
    message: CommandMessage,
    settlement: Settlement,
  ) => Promise<CommandReply | undefined>;
  /** The work is done and its answer kept, whether this one arrives or not: a repeat asks for it. */
  readonly answer: (
    on: CommandChannel,
    message: CommandMessage,
    reply: CommandReply | undefined,
  ) => Promise<void>;
};

/** Retries and dead letters are copies in queues of ours, answers leave for the queue that the sender named. */
export const commandSettling = (deps: Deps): CommandSettling => {
  const { clock, ids, queue, onAnswerDropped } = deps;
  return {
    settle: async (on, properties, message, settlement) => {
      switch (settlement.kind) {
        case 'done':
          return settlement.reply;
        case 'parked': {
          const parkedAt = new Date(clock.now()).toISOString();
          const dead = parkedProperties(properties, settlement, { ...message, parkedAt });
          await keep(deps, on, deadQueueOf(queue), message, dead);
          return settlement.reply;
        }
        case 'retry':
          return again(deps, on, properties, message, 1);
        case 'postponed':
          return again(deps, on, properties, message, 0);
      }
    },
    answer: async ({ publisher }, message, reply) => {
      const { replyTo } = message;
      if (replyTo === undefined || reply === undefined) return;
      const properties = answerProperties(message, reply, ids.uuid());
      const outcome = await publisher.send(replyTo, Buffer.from(reply.body), properties);
      if (outcome !== 'taken' && !isUnknown(outcome, replyTo)) onAnswerDropped();
    },
  };
};

/** RabbitMQ 3 gives every direct reply back as if there were no such queue, also one that has arrived. */
const isUnknown = (outcome: PublishOutcome, replyTo: string): boolean =>
  outcome === 'nowhere' && replyTo.startsWith('amq.rabbitmq.reply-to.');

/** `used`: how many of its retries this one takes. */
const again = async (
  deps: Deps,
  on: CommandChannel,
  properties: MessageProperties,
  message: CommandMessage,
  used: 0 | 1,
): Promise<undefined> => {
  const delayMs = deps.retryDelaysMs[used === 0 ? 0 : message.retries];
  if (delayMs === undefined) throw new Error('a retry was asked for after the last one');
  const copy =
    used === 0
      ? postponedProperties(properties, message)
      : retriedProperties(properties, message.retries + used);
  await keep(deps, on, retryQueueOf(deps.queue, delayMs), message, copy);
};

/** Into a queue of ours. Somebody may have deleted it since it was declared: then once more. */
const keep = async (
  { declare, sleep }: Deps,
  { channel, publisher }: CommandChannel,
  queue: string,
  { body, messageId }: CommandMessage,
  properties: Amqp.Publish,
): Promise<void> => {
  let sent = properties;
  const send = () => whenThereIsRoom(sleep, () => publisher.send(queue, bufferOf(body), sent));
  let outcome = await send();
  if (outcome === 'unformed') {
    sent = withoutOddities(properties);
    outcome = await send();
  }
  if (outcome === 'nowhere') {
    await declare(channel);
    outcome = await send();
  }
  if (outcome === 'late')
    throw new NotKept(`no confirm of a message for ${queue} in ${CONFIRM_TIMEOUT_MS} ms`, {
      messageId,
      outcome,
    });
  if (outcome !== 'taken')
    throw new NotKept(`the broker does not take messages for ${queue}`, { messageId, outcome });
};

/** A queue of ours has not taken a copy, and takes other copies just as little. */
export class NotKept extends Error {
  readonly messageId: string | undefined;
  /**
   * Which a quorum queue of RabbitMQ says to a channel that met it full until it has half emptied itself. Where its
   * limit is lifted instead, that channel hears it for ever, and a new one does not (seen with 3.10.8).
   */
  readonly isRefusal: boolean;

  constructor(
    text: string,
    { messageId, outcome }: { readonly messageId: string | undefined; readonly outcome: PublishOutcome },
  ) {
    super(text);
    this.messageId = messageId;
    this.isRefusal = outcome === 'refused';
  }
}

/** Milliseconds between two tries at a queue that is full, and how many of them there are: half a minute. */
const ROOM_PAUSE_MS = 1_000;
const ROOM_PAUSES = 30;

/**
 * Waits for room, since a command given back at once would use up all its returns within a second, and be made anew
 * each time.
 */
const whenThereIsRoom = async (
  sleep: Sleep,
  send: () => Promise<PublishOutcome>,
): Promise<PublishOutcome> => {
  let outcome = await send();
  for (let pauses = 0; outcome === 'refused' && pauses < ROOM_PAUSES; pauses += 1) {
    await sleep(ROOM_PAUSE_MS);
    outcome = await send();
  }
  return outcome;
};

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
