import type { CommandHandler, CommandMessage, CommandReply } from '../../application/command-queue.ts';
import { redactText } from '../../domain/audit/redaction.ts';
import { errorFields, type Logger } from '../telemetry/winston-logger.ts';
import type { CommandChannel, CommandSettling } from './command-settling.ts';
import { giveBackFailed, tagOnly, type MessageHead } from './message-head.ts';

type Deps = {
  readonly settling: CommandSettling;
  readonly onAnswerDropped: () => void;
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
export const serveCommand =
  ({ settling, onAnswerDropped, logger }: Deps): ServeCommand =>
  async (on, head, message, handler) => {
    const isSuspect = message.returns >= SUSPECT_RETURNS;
    let reply: CommandReply | undefined;
    try {
      reply = await settling.settle(on, head.properties, message, await handler(message));
      if (!isSuspect) await settling.answer(on, message, reply);
      on.channel.ack(tagOnly(head));
    } catch (error) {
      logger.warn('command not settled, it comes again', {
        message_id: redactText((message.messageId ?? '').slice(0, LONGEST_ID)),
        ...errorFields(error),
      });
      return giveBackFailed(on.channel, head);
    }
    if (isSuspect) await settling.answer(on, message, reply).catch(() => onAnswerDropped());
  };

/** AMQP's own limit for an id; what a sender writes there may still be anything. */
const LONGEST_ID = 255;

/**
 * A message that came back so often may be one over whose answer the broker ends the connection. It is acknowledged
 * before its answer leaves, so that it, and those in hand beside it, do not come back once more for that.
 */
const SUSPECT_RETURNS = 2;
