import { beginWrite, isWriting, writeInDoubt, writeStored } from '../../domain/rate-limit/permit-lease.ts';
import type { QuotaStateStore, StoredWindow } from '../../domain/rate-limit/quota-state-store.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { patience } from '../system/patience.ts';
import { advanceSubject, doubtRows, wantedLease, writeRows, type LimitedSubject } from './limited-subject.ts';

export type QuotaStateWriterDeps = {
  readonly store: QuotaStateStore;
  readonly sleep: Sleep;
  /** Epoch milliseconds that never go back. */
  readonly now: () => number;
  /** How long calls wait for a write before the store counts as away. */
  readonly patienceMs: number;
};

type Batch = {
  readonly subjects: Set<LimitedSubject>;
  /** Leases nothing and keeps every entry. */
  settle: boolean;
  /** Resolves when the batch is stored, has failed, or took longer than calls may wait. */
  readonly over: PromiseWithResolvers<void>;
  /** Resolves when the batch is stored or has failed. */
  readonly written: PromiseWithResolvers<void>;
};

const newBatch = (): Batch => ({
  subjects: new Set(),
  settle: false,
  over: Promise.withResolvers(),
  written: Promise.withResolvers(),
});

const inDoubt = (held: LimitedSubject): void => {
  writeInDoubt(held.lease);
  doubtRows(held);
};

const SETTLE_PATIENCE_MS = 5_000;

/**
 * Writes the rows of subjects in the background: one write at a time, containing all that was requested during the one
 * before. A write that hangs is awaited rather than overtaken, since it may still be stored: the time-out is up to the
 * store.
 */
export class QuotaStateWriter {
  readonly #deps: QuotaStateWriterDeps;
  #next = newBatch();
  #current: Batch | undefined;
  #running = false;
  #away = false;

  constructor(deps: QuotaStateWriterDeps) {
    this.#deps = deps;
  }

  /** The last write failed or hangs: calls go on without waiting for leases. */
  get away(): boolean {
    return this.#away;
  }

  /** Resolves after the next write that starts, or when calls should not wait any longer. */
  save(held: LimitedSubject): Promise<void> {
    return this.#enqueue([held], false).over.promise;
  }

  /** For calls whose cost is not covered by a stored lease, and is already counted in `waiting`. */
  cover(held: LimitedSubject): Promise<void> {
    const onItsWay = isWriting(held.lease) && held.lease.writing >= held.waiting;
    return onItsWay && this.#current !== undefined ? this.#current.over.promise : this.save(held);
  }

  /** Writes all of them exactly, with nothing leased. Resolves when that is done or has failed. */
  async settle(all: readonly LimitedSubject[]): Promise<void> {
    const { written } = this.#enqueue(all, true);
    const answered = new AbortController();
    await Promise.race([written.promise, patience(this.#deps.sleep, SETTLE_PATIENCE_MS, answered.signal)]);
    answered.abort();
  }

  /** The subject may be loaded again, so nothing of this object may be written any more. */
  forget(held: LimitedSubject): void {
    this.#next.subjects.delete(held);
  }

  #enqueue(subjects: readonly LimitedSubject[], settle: boolean): Batch {
    const batch = this.#next;
    for (const held of subjects) batch.subjects.add(held);
    if (settle) batch.settle = true;
    if (!this.#running) void this.#run();
    return batch;
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Lets everything that is requested in the same turn go into the first write.
    await Promise.resolve();
    do {
      this.#current = this.#next;
      this.#next = newBatch();
      const stored = await this.#write(this.#current);
      this.#current.over.resolve();
      this.#current.written.resolve();
      this.#current = undefined;
      // After a failed write there is no other until somebody requests it (the refresh does so every second), unless we
      // are stopping.
      if (!stored && !this.#next.settle) break;
    } while (this.#next.subjects.size > 0);
    this.#running = false;
  }

  /** False when the store failed. */
  async #write(batch: Batch): Promise<boolean> {
    const rows = this.#rowsOf(batch);
    const stored = rows.length === 0 || (await this.#saved(rows));
    for (const held of batch.subjects) {
      if (stored) writeStored(held.lease);
      else inDoubt(held);
    }
    return stored;
  }

  async #saved(rows: readonly StoredWindow[]): Promise<boolean> {
    const { sleep, patienceMs, store } = this.#deps;
    const answered = new AbortController();
    const { signal } = answered;
    void patience(sleep, patienceMs, signal).then(() => signal.aborted || this.#giveUpWaiting());
    try {
      await store.save(rows);
      this.#away = false;
      return true;
    } catch {
      // The store reports its failures itself.
      this.#giveUpWaiting();
      return false;
    } finally {
      answered.abort();
    }
  }

  #rowsOf(batch: Batch): StoredWindow[] {
    const now = this.#deps.now();
    const rows: StoredWindow[] = [];
    for (const held of batch.subjects) {
      advanceSubject(held, now);
      const leased = batch.settle ? 0 : wantedLease(held, now);
      beginWrite(held.lease, leased, held.waiting);
      for (const row of writeRows(held, leased, batch.settle)) rows.push(row);
    }
    return rows;
  }

  /** Lets all waiting calls go on, including those that wait for the next write. */
  #giveUpWaiting(): void {
    this.#away = true;
    this.#current?.over.resolve();
    const waited = this.#next;
    this.#next = { ...newBatch(), subjects: waited.subjects, settle: waited.settle, written: waited.written };
    waited.over.resolve();
  }
}
