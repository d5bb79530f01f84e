import type { Random } from '../../../domain/shared/clock.ts';
import { forwardBatch, type BatchOutcome, type OutboxForwarding } from './outbox-batch.ts';
import { nextBatchBytes } from './next-batch-bytes.ts';
import { BATCH_BYTES, LET_GO_ROWS } from './outbox-rows.ts';

type Options = OutboxForwarding & {
  readonly random: Random;
  /** The bus or the database refused. Tried again after `retryInMs`. */
  readonly onFailed: (error: unknown, retryInMs: number) => void;
  /** Something was forwarded, or nothing waits. */
  readonly onWorks?: () => void;
};

/** Milliseconds between batches: forwarding stays a few percent of a core while callers wait for theirs. */
const BETWEEN_BATCHES_MS = 25;
/** While nobody listens there is no hurry: each round costs this process as much as a few callers. */
const WHILE_NOBODY_LISTENS_MS = 500;
const WHEN_BUSY_MS = 100;
/** For rows whose `wake` got lost with its process. */
const POLL_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;
/**
 * Milliseconds on closing. After an outage of the broker millions of events may wait, and whoever comes next has them.
 */
const LAST_FORWARDING_MS = 5_000;
/** And for what has left by then. A bus that hangs, or takes nothing for now, confirms it as little as all before. */
const LAST_CONFIRMS_MS = 2_000;
const LEAVES_MORE: ReadonlySet<BatchOutcome['kind']> = new Set(['forwarded', 'let-go']);

/**
 * Carries committed events from the outbox to the bus: at least once, in order per subject, never in the way of
 * a caller. Any number of processes may run one; they take turns.
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

  /** There is something new in the outbox. Bound to its relay, so that it can be passed on as it is. */
  readonly wake = (): void => {
    if (this.#woken) return;
    this.#woken = true;
    // A reason of ours: without one each call makes an exception, stack and all.
    this.#idle.abort('woken');
  };

  /** Forwards what is committed, as far as the bus takes it soon, and stops. What is left stays in the outbox. */
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
    // What has been given up may still arrive, also after a block that is over: sent again it would come twice.
    const mayForward = (): boolean => !this.#givenUp.signal.aborted && bus.isReady?.() !== false;
    while (clock.monotonic() < until && mayForward())
      if (!LEAVES_MORE.has((await forwardBatch(this.#options, Math.min(this.#batchBytes, BATCH_BYTES))).kind))
        return;
  }

  /** At once where the bus says that it takes nothing: it would be waited for as long as one that hangs. */
  async #giveUp(closed: AbortSignal): Promise<void> {
    const { bus, sleep } = this.#options;
    const late = sleep(LAST_FORWARDING_MS + LAST_CONFIRMS_MS, closed);
    if (bus.isReady?.() !== false) await Promise.race([late, bus.whenBlocked?.(closed) ?? late]);
    this.#givenUp.abort();
  }

  async #forwardUntilStopped(): Promise<void> {
    let failures = 0;
    for (;;) {
      // No row is read, and no transaction opened, for a bus that is away: it may be for hours.
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

  /** Between half and all of it, so that several processes do not try in step. */
  #jittered(milliseconds: number): number {
    return Math.round((milliseconds * (1 + this.#options.random())) / 2);
  }
}
