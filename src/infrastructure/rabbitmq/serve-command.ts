import type { CommandHandler, CommandMessage, CommandReply } from '../../application/command-queue.ts';
import { redactText } from '../../domain/audit/redaction.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { stateChanges } from '../telemetry/state-changes.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';
import { NotKept, type CommandChannel, type CommandSettling } from './command-settling.ts';
import { giveBackFailed, tagOnly, type MessageHead } from './message-head.ts';

type Deps = {
  readonly settling: CommandSettling;
  readonly onAnswerDropped: () => void;
  /** One of our queues refuses what is published on this channel. */
  readonly onRefusal: (on: CommandChannel) => void;
  /** Whether the channel is gone. Its messages have then been requeued, and the channel has logged why. */
  readonly isGone: (on: CommandChannel) => boolean;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
};

export type ServeCommand = (
  on: CommandChannel,
  head: MessageHead,
  message: CommandMessage,
  handler: CommandHandler,
) => Promise<void>;

/**
 * Serves one message: carries out its command, has the outcome confirmed by the broker, answers, and acknowledges. When
 * any of that fails, the message is requeued as a failure. Never rejects.
 */
export const serveCommand = (deps: Deps): ServeCommand => {
  const { settling, onAnswerDropped } = deps;
  const lines = unsettledLines(deps);
  return async (on, head, message, handler) => {
    const isSuspect = message.returns >= SUSPECT_RETURNS;
    let reply: CommandReply | undefined;
    try {
      reply = await settling.settle(on, head.properties, message, await handler(message));
      if (!isSuspect) await settling.answer(on, message, reply);
      on.channel.ack(tagOnly(head));
      lines.works();
    } catch (error) {
      if (!deps.isGone(on)) lines.failed(message.messageId, error);
      giveBackFailed(on.channel, head);
      if (error instanceof NotKept && error.isRefusal) deps.onRefusal(on);
      return;
    }
    if (isSuspect) await settling.answer(on, message, reply).catch(() => onAnswerDropped());
  };
};

/**
 * Milliseconds without a failure after which a queue counts as accepting again: each attempt to publish lasts half a
 * minute.
 */
const QUIET_MS = 60_000;

/** A command that meets a bug gets a log line of its own; all those for which a queue has no room share one. */
const unsettledLines = ({ clock, logger }: Pick<Deps, 'clock' | 'logger'>) => {
  const say = (messageId: string | undefined, error: unknown): void =>
    logger.warn('command not settled, it will be redelivered', {
      message_id: redactText((messageId ?? '').slice(0, LONGEST_ID)),
      ...errorFields(error),
    });
  const sayOfQueue = (error: unknown): void =>
    say(error instanceof NotKept ? error.messageId : undefined, error);
  const ofQueues = stateChanges(
    clock.monotonic,
    {
      broken: sayOfQueue,
      further: sayOfQueue,
      recovered: (failures) => logger.info('commands are settled again', { failures }),
    },
    QUIET_MS,
  );
  return {
    failed: (messageId: string | undefined, error: unknown): void =>
      error instanceof NotKept ? ofQueues.broken(error) : say(messageId, error),
    works: ofQueues.works,
  };
};

/** AMQP's own limit for an id; within it a sender may write anything. */
const LONGEST_ID = 255;

/**
 * After so many returns it may be the answer to the command that makes the broker close the connection. Such a message
 * is acknowledged before its answer is sent, so that it does not come back once more, together with all others in hand.
 */
const SUSPECT_RETURNS = 2;
