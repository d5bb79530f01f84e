import type { Pool } from 'pg';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { eachByItself } from '../../system/each-by-itself.ts';
import { runningReplays, stepReplay, type Replayed } from './replay-step.ts';

type Options = {
  readonly database: { readonly pool: Pool };
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly isAway: () => boolean;
  /** Called after a commit that left events in the outbox, or gave some up. */
  readonly onReplayed: (replayed: Replayed) => void;
  readonly onFailed: (error: unknown) => void;
  /** All running replays were checked without a failure. */
  readonly onWorked?: () => void;
};

/** Milliseconds between rounds: ten events each at the highest rate. */
const BETWEEN_TURNS_MS = 100;
/** For replays started through another process, and those of a process that is gone. */
const POLL_MS = 1_000;

/**
 * Sends what replays have to send, beside other processes that do the same: each step takes the lock of its replay, and
 * holds a connection only for the step.
 */
export class ReplayRunner {
  readonly #options: Options;
  readonly #stopping = new AbortController();
  #idle = new AbortController();
  #woken = false;
  #loop: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#runUntilStopped();
  }

  /** There is a new replay. */
  readonly wake = (): void => {
    this.#woken = true;
    this.#idle.abort('woken');
  };

  /** Ends after the step under way. The rest continues in another process, or after the next start. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#idle.abort();
    await this.#loop;
  }

  async #runUntilStopped(): Promise<void> {
    const { isAway, onFailed, onWorked } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      try {
        if (!isAway()) {
          await this.#turns();
          onWorked?.();
        }
      } catch (error) {
        onFailed(error);
      }
      await this.#rest();
    }
  }

  async #turns(): Promise<void> {
    const { sleep } = this.#options;
    for (;;) {
      const running = await runningReplays(this.#options);
      if (running.length === 0) return;
      const due = running.filter(({ isDue }) => isDue);
      await eachByItself(due, ({ id }) => this.#turnOf(id));
      if (this.#stopping.signal.aborted) return;
      await sleep(BETWEEN_TURNS_MS, this.#stopping.signal);
    }
  }

  async #turnOf(id: string): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const replayed = await stepReplay(this.#options, id);
    if (replayed.sent + replayed.failed > 0) this.#options.onReplayed(replayed);
  }

  async #rest(): Promise<void> {
    this.#idle = new AbortController();
    if (this.#woken || this.#stopping.signal.aborted) return;
    await this.#options.sleep(POLL_MS, this.#idle.signal);
  }
}
