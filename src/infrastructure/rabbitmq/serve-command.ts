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
  /** A queue of ours refuses what comes over this channel. */
  readonly onRefusal: (on: CommandChannel) => void;
  /** Whether the channel is gone. Then every message in hand went back to its queue, and the channel has told so. */
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
 * One message: has it carried out, makes what it comes to safe with the broker, answers, and acknowledges. When any of
 * that fails it goes back to its queue as a failure. Never rejects.
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

/** Milliseconds without a failure until a queue of ours takes messages again: each of them tries for half a minute. */
const QUIET_MS = 60_000;

/** A command that meets a bug has its own line; those that a queue has no room for share one, whatever their number. */
const unsettledLines = ({ clock, logger }: Pick<Deps, 'clock' | 'logger'>) => {
  const say = (messageId: string | undefined, error: unknown): void =>
    logger.warn('command not settled, it comes again', {
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

/** AMQP's own limit for an id; what a sender writes there may still be anything. */
const LONGEST_ID = 255;

/**
 * A message that came back this often may be one whose answer makes the broker end the connection. It is acknowledged
 * before its answer leaves, so that it and those in hand beside it do not come back once more.
 */
const SUSPECT_RETURNS = 2;
