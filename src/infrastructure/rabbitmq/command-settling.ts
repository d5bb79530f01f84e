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

/**
 * A channel and its publisher. A message must be settled on the channel it was delivered on; anything else is a
 * protocol error.
 */
export type CommandChannel = { readonly channel: ConfirmChannel; readonly publisher: ConfirmedPublisher };

export type SettlingOptions = {
  /** Name of the exchange and of the command queue; the names of the other queues are derived from it. */
  readonly queue: string;
  readonly retryDelaysMs: readonly number[];
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly sleep: Sleep;
  readonly ids: IdSource;
  readonly onAnswerDropped: () => void;
};

type Deps = SettlingOptions & {
  /** Declares the queues. Rejects when that takes too long. */
  readonly declare: (channel: ConfirmChannel) => Promise<void>;
};

/** Carries out a settlement, except for the acknowledgement. */
export type CommandSettling = {
  /**
   * Publishes the copy that the settlement requires. Resolves, once the broker has confirmed it, with the answer still
   * to be sent; rejects without a confirm.
   */
  readonly settle: (
    on: CommandChannel,
    properties: MessageProperties,
    message: CommandMessage,
    settlement: Settlement,
  ) => Promise<CommandReply | undefined>;
  /** Sends the answer. It may be lost: the work is done and the answer is kept, so that a repeated command gets it. */
  readonly answer: (
    on: CommandChannel,
    message: CommandMessage,
    reply: CommandReply | undefined,
  ) => Promise<void>;
};

/**
 * Retries and dead letters are copies of the message in our own queues; answers go to the queue that the sender named.
 */
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

/** RabbitMQ 3 returns every direct reply as unroutable, even one that has arrived. */
const isUnknown = (outcome: PublishOutcome, replyTo: string): boolean =>
  outcome === 'nowhere' && replyTo.startsWith('amq.rabbitmq.reply-to.');

/** `used`: how many of its retries this takes. */
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

/** Publishes to one of our queues. If somebody has deleted it since it was declared, it is declared and tried again. */
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

/** One of our queues did not take a copy, and will not take other copies either. */
export class NotKept extends Error {
  readonly messageId: string | undefined;
  /**
   * The queue refused the copy (nack). A full quorum queue refuses what comes over a channel that found it full until
   * it has emptied by half. If its limit is raised instead, that channel is refused for ever while a new one is not
   * (seen with RabbitMQ 3.10.8).
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

/** Milliseconds between attempts at a full queue, and the number of pauses: half a minute in all. */
const ROOM_PAUSE_MS = 1_000;
const ROOM_PAUSES = 30;

/**
 * Waits for room: if the command were given back at once, it would use up all its returns within a second, with a new
 * copy each time.
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
