import type {
  CommandHandler,
  CommandMessage,
  CommandQueue,
  Settlement,
} from '../../application/command-queue.ts';
import type { Sleep } from '../../domain/shared/clock.ts';

/** A command as its sender publishes it. */
export type SentCommand = Partial<
  Pick<
    CommandMessage,
    'type' | 'messageId' | 'correlationId' | 'replyTo' | 'appId' | 'userId' | 'contentEncoding'
  >
> & {
  readonly headers?: CommandMessage['headers'];
  readonly body: Uint8Array;
};

export type WaitingCommand = {
  readonly command: SentCommand;
  readonly bodyBytes: number;
  readonly retries: number;
  readonly returns: number;
  readonly returnsInARow: number;
};
export type CommandTaker = {
  readonly hasRoom: () => boolean;
  readonly take: (waiting: WaitingCommand) => void;
};

type Deps = {
  readonly prefetch: number;
  readonly mostRetries: number;
  readonly sleep: Sleep;
  /** The consumers among which commands are shared out. */
  readonly takers: Set<CommandTaker>;
  /** Called when there is room for another command. */
  readonly dispatch: () => void;
  readonly settle: (waiting: WaitingCommand, settlement: Settlement) => void;
  readonly giveBack: (waiting: WaitingCommand) => void;
  readonly onNotSettled: (error: unknown) => void;
};

/** One consumer of the command bus inside this process. */
export const memoryCommandQueue = (deps: Deps): CommandQueue => {
  const inHand = new Map<WaitingCommand, Promise<void>>();
  let taker: CommandTaker | undefined;

  const serve = async (waiting: WaitingCommand, handler: CommandHandler): Promise<void> => {
    try {
      const settlement = await handler(messageOf(waiting, deps.mostRetries));
      // After the grace of a stop it is no longer up to this consumer to settle it.
      if (inHand.delete(waiting)) deps.settle(waiting, settlement);
    } catch (error) {
      deps.onNotSettled(error);
      if (inHand.delete(waiting)) deps.giveBack(waiting);
    }
    deps.dispatch();
  };

  return {
    consume: (handler) => {
      taker ??= {
        hasRoom: () => inHand.size < deps.prefetch,
        take: (waiting) =>
          void inHand.set(
            waiting,
            Promise.resolve().then(() => serve(waiting, handler)),
          ),
      };
      deps.takers.add(taker);
      deps.dispatch();
    },
    stop: async (graceMs) => {
      if (taker !== undefined) deps.takers.delete(taker);
      const settled = new AbortController();
      const finish = Promise.all(inHand.values()).then(() => settled.abort());
      await Promise.race([finish, deps.sleep(graceMs, settled.signal)]);
      const unsettled = [...inHand.keys()];
      inHand.clear();
      for (const waiting of unsettled) deps.giveBack(waiting);
    },
  };
};

const messageOf = (
  { command, bodyBytes, retries, returns, returnsInARow }: WaitingCommand,
  mostRetries: number,
): CommandMessage => ({
  type: command.type,
  messageId: command.messageId,
  correlationId: command.correlationId,
  replyTo: command.replyTo,
  appId: command.appId,
  userId: command.userId,
  contentEncoding: command.contentEncoding,
  headers: command.headers ?? {},
  body: command.body,
  bodyBytes,
  retries,
  retriesLeft: mostRetries - retries,
  returns,
  returnsInARow,
  // Nobody can get at its dead letters to move one back.
  isMovedBack: false,
});
