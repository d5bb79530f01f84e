import type { Random } from '../../../domain/shared/clock.ts';
import { forwardBatch, type BatchOutcome, type OutboxForwarding } from './outbox-batch.ts';
import { nextBatchBytes } from './next-batch-bytes.ts';
import { BATCH_BYTES, LET_GO_ROWS } from './outbox-rows.ts';

type Options = OutboxForwarding & {
  readonly random: Random;
  /** The bus or the database failed. Tried again after `retryInMs`. */
  readonly onFailed: (error: unknown, retryInMs: number) => void;
  /** Something was forwarded, or nothing is waiting. */
  readonly onWorks?: () => void;
};

/**
 * Milliseconds between batches, so that forwarding takes only a few percent of a core while callers wait for theirs.
 */
const BETWEEN_BATCHES_MS = 25;
/**
 * Milliseconds between rounds while nobody is subscribed: nothing is urgent, and each round costs this process as much
 * as several calls.
 */
const WHILE_NOBODY_LISTENS_MS = 500;
const WHEN_BUSY_MS = 100;
/** For rows whose `wake` was lost with the process that wrote them. */
const POLL_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;
/**
 * Milliseconds for forwarding while closing. After an outage of the broker millions of events may wait, which another
 * process can forward.
 */
const LAST_FORWARDING_MS = 5_000;
/**
 * Milliseconds after that for the confirms still outstanding. A broker that hangs or blocks will not confirm them
 * sooner.
 */
const LAST_CONFIRMS_MS = 2_000;
const LEAVES_MORE: ReadonlySet<BatchOutcome['kind']> = new Set(['forwarded', 'let-go']);

/**
 * The outbox relay: forwards committed events from the outbox to the bus, at least once, in order per subject, and
 * never while a caller waits for it. Any number of processes may run one; they take turns.
 */
export class OutboxRelay {
  readonly #options: Options;
  readonly #stopping = new AbortController();
  readonly #givenUp = new AbortController();
  #idle = new AbortController();
  #woken = false;
  #batchBytes = BATCH_BYTES;
  #loop: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = { ...options, givenUp: this.#givenUp.signal };
  }

  start(): void {
    this.#loop ??= this.#forwardUntilStopped();
  }

  /** There is something new in the outbox. An arrow function, so that it can be passed on without its relay. */
  readonly wake = (): void => {
    if (this.#woken) return;
    this.#woken = true;
    // With a reason of ours: without one, each call would create an exception with its stack trace.
    this.#idle.abort('woken');
  };

  /** Forwards what is committed, as far as the bus takes it soon, and stops. The rest stays in the outbox. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#idle.abort();
    if (this.#loop === undefined) return;
    const closed = new AbortController();
    void this.#giveUp(closed.signal);
    await this.#forwardLast(this.#loop);
    closed.abort();
  }

  async #forwardLast(loop: Promise<void>): Promise<void> {
    const { bus, clock } = this.#options;
    const until = clock.monotonic() + LAST_FORWARDING_MS;
    await loop;
    // A batch that was given up may still be confirmed, even after a block is over: sent again, its events would arrive
    // twice.
    const mayForward = (): boolean => !this.#givenUp.signal.aborted && bus.isReady?.() !== false;
    while (clock.monotonic() < until && mayForward())
      if (!LEAVES_MORE.has((await forwardBatch(this.#options, Math.min(this.#batchBytes, BATCH_BYTES))).kind))
        return;
  }

  /**
   * Gives up after a time, or at once when the bus says that it accepts nothing; otherwise that would take as long as a
   * bus that hangs.
   */
  async #giveUp(closed: AbortSignal): Promise<void> {
    const { bus, sleep } = this.#options;
    const late = sleep(LAST_FORWARDING_MS + LAST_CONFIRMS_MS, closed);
    if (bus.isReady?.() !== false) await Promise.race([late, bus.whenBlocked?.(closed) ?? late]);
    this.#givenUp.abort();
  }

  async #forwardUntilStopped(): Promise<void> {
    let failures = 0;
    for (;;) {
      // While the bus is away, perhaps for hours, no transaction is opened and no row is read.
      if (this.#options.bus.isReady?.() === false) await this.#options.bus.whenReady?.(this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      this.#woken = false;
      const outcome = await forwardBatch(this.#options, this.#batchBytes);
      this.#batchBytes = nextBatchBytes(outcome, this.#batchBytes);
      failures = outcome.kind === 'failed' ? failures + 1 : 0;
      if (outcome.kind !== 'failed' && outcome.kind !== 'busy') this.#options.onWorks?.();
      await this.#rest(outcome, failures);
    }
  }

  async #rest(outcome: BatchOutcome, failures: number): Promise<void> {
    const { sleep, onFailed } = this.#options;
    const { signal } = this.#stopping;
    switch (outcome.kind) {
      case 'forwarded':
        return sleep(BETWEEN_BATCHES_MS, signal);
      case 'let-go':
        if (outcome.rows === LET_GO_ROWS) return sleep(BETWEEN_BATCHES_MS, signal);
        await sleep(WHILE_NOBODY_LISTENS_MS, signal);
        return this.#sleepUntilWoken();
      case 'busy':
        return sleep(this.#jittered(WHEN_BUSY_MS), signal);
      case 'nothing':
        return this.#sleepUntilWoken();
      case 'failed': {
        const retryInMs = this.#jittered(Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS));
        onFailed(outcome.error, retryInMs);
        return sleep(retryInMs, signal);
      }
    }
  }

  async #sleepUntilWoken(): Promise<void> {
    this.#idle = new AbortController();
    if (this.#woken || this.#stopping.signal.aborted) return;
    await this.#options.sleep(POLL_MS, this.#idle.signal);
  }

  /** Half to all of it, so that several processes do not retry in step. */
  #jittered(milliseconds: number): number {
    return Math.round((milliseconds * (1 + this.#options.random())) / 2);
  }
}
