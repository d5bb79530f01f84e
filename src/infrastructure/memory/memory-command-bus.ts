import {
  keptBody,
  MOST_RETURNS,
  type CommandMeans,
  type CommandQueue,
  type CommandReply,
  type Settlement,
} from '../../application/command-queue.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import {
  memoryCommandQueue,
  type CommandTaker,
  type SentCommand,
  type WaitingCommand,
} from './memory-command-queue.ts';

export type ReceivedAnswer = CommandReply & { readonly correlationId: string | undefined };
/** `bodyBytes`: size as sent; of a large body only the beginning is kept. */
export type DeadCommand = SentCommand & {
  readonly bodyBytes: number;
  readonly reason: string;
  readonly detail: string;
};

type Options = {
  readonly retryDelaysMs: readonly number[];
  readonly sleep: Sleep;
  readonly means?: CommandMeans;
  readonly onAnswerDropped: () => void;
  readonly onNotSettled: (error: unknown) => void;
};

const MOST_DEAD_LETTERS = 1_000;

/**
 * The command bus inside this process, for a service without a broker: the same contract, except that waiting commands
 * are lost with the process.
 */
export class MemoryCommandBus {
  readonly #options: Options;
  readonly #ready: WaitingCommand[] = [];
  readonly #takers = new Set<CommandTaker>();
  readonly #listeners = new Map<string, (answer: ReceivedAnswer) => void>();
  readonly #dead: DeadCommand[] = [];

  constructor(options: Options) {
    this.#options = options;
    options.means?.onChange(() => this.#dispatch());
  }

  send(command: SentCommand): void {
    const kept = { ...command, body: keptBody(command.body) };
    this.#enqueue({
      command: kept,
      bodyBytes: command.body.byteLength,
      retries: 0,
      returns: 0,
      returnsInARow: 0,
    });
  }

  /** Calls the handler with the answers sent to that name. The returned function unsubscribes. */
  listen(replyTo: string, handler: (answer: ReceivedAnswer) => void): () => void {
    this.#listeners.set(replyTo, handler);
    return () => void this.#listeners.delete(replyTo);
  }

  /** The newest dead letters, oldest first. */
  get dead(): readonly DeadCommand[] {
    return [...this.#dead];
  }

  /** Number of commands that no consumer has in hand. */
  get waiting(): number {
    return this.#ready.length;
  }

  /** A consumer; several share the commands. */
  queue(prefetch: number): CommandQueue {
    return memoryCommandQueue({
      prefetch,
      mostRetries: this.#options.retryDelaysMs.length,
      sleep: this.#options.sleep,
      takers: this.#takers,
      dispatch: () => this.#dispatch(),
      settle: (waiting, settlement) => this.#settle(waiting, settlement),
      giveBack: (waiting) => this.#giveBack(waiting),
      onNotSettled: this.#options.onNotSettled,
    });
  }

  #enqueue(waiting: WaitingCommand): void {
    this.#ready.push(waiting);
    // Not within the sender's call, as with a broker.
    setImmediate(() => this.#dispatch());
  }

  /** Round robin, so that equal consumers get equal shares. */
  #dispatch(): void {
    if (this.#options.means?.isAway() === true) return;
    for (let taken = true; taken;) {
      taken = false;
      for (const taker of this.#takers) {
        const next = taker.hasRoom() ? this.#ready.shift() : undefined;
        if (next === undefined) continue;
        taker.take(next);
        taken = true;
      }
    }
  }

  #settle(waiting: WaitingCommand, settlement: Settlement): void {
    const { retries } = waiting;
    const [first] = this.#options.retryDelaysMs;
    if (settlement.kind === 'retry') {
      const again = { ...waiting, retries: retries + 1, returns: 0, returnsInARow: 0 };
      return void this.#later(again, this.#options.retryDelaysMs[retries]);
    }
    if (settlement.kind === 'postponed') return void this.#later({ ...waiting, returnsInARow: 0 }, first);
    if (settlement.kind === 'parked') this.#park(waiting, settlement.reason, settlement.detail);
    this.#answer(waiting.command, settlement.reply);
  }

  async #later(waiting: WaitingCommand, delayMs = 0): Promise<void> {
    await this.#options.sleep(delayMs);
    // A delivery is identified by its object; like the copy that a broker makes, this is another one.
    this.#enqueue({ ...waiting });
  }

  /** Like the delivery limit of a quorum queue: a command that came back too often is kept for people. */
  #giveBack(waiting: WaitingCommand): void {
    const { returns, returnsInARow } = waiting;
    if (returnsInARow >= MOST_RETURNS) this.#park(waiting, 'delivery_limit', 'came back too often');
    else this.#enqueue({ ...waiting, returns: returns + 1, returnsInARow: returnsInARow + 1 });
  }

  #park({ command, bodyBytes }: WaitingCommand, reason: string, detail: string): void {
    this.#dead.push({ ...command, bodyBytes, reason, detail });
    if (this.#dead.length > MOST_DEAD_LETTERS) this.#dead.shift();
  }

  #answer({ replyTo, correlationId, messageId }: SentCommand, reply: CommandReply): void {
    if (replyTo === undefined) return;
    const listener = this.#listeners.get(replyTo);
    if (listener === undefined) this.#options.onAnswerDropped();
    else listener({ ...reply, correlationId: correlationId ?? messageId });
  }
}
