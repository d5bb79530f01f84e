import { isMissized } from '../../domain/rate-limit/permit-lease.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import {
  advanceSubject,
  differsFromRows,
  isEmpty,
  isSettled,
  wantedLease,
  type LimitedSubject,
} from './limited-subject.ts';
import type { QuotaStateWriter } from './quota-state-writer.ts';
import type { SubjectTable } from './subject-table.ts';

export type QuotaRefreshDeps = {
  readonly table: SubjectTable;
  readonly writer: QuotaStateWriter;
  readonly sleep: Sleep;
  /** Epoch milliseconds that never go back. */
  readonly now: () => number;
  /** How often rows are updated, and leases renewed ahead of need. */
  readonly refreshMs: number;
  /** A subject idle for so long gives its lease back, and is forgotten once its windows are empty. */
  readonly idleMs: number;
  /**
   * Beyond this number, the least recently used subjects are settled and forgotten; their rows are read again on use.
   */
  readonly maxSubjects: number;
};

/** The background work of the limiter in memory, thanks to which hardly any caller has to wait for the store. */
export class QuotaRefresh {
  readonly #deps: QuotaRefreshDeps;
  readonly #stop = new AbortController();

  constructor(deps: QuotaRefreshDeps) {
    this.#deps = deps;
  }

  start(): void {
    void this.#refreshUntilStopped();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #refreshUntilStopped(): Promise<void> {
    const { sleep, refreshMs } = this.#deps;
    for (;;) {
      await sleep(refreshMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#refresh();
    }
  }

  #refresh(): void {
    const { table, maxSubjects } = this.#deps;
    const now = this.#deps.now();
    const surplus = leastRecentlyUsed(table, table.size - maxSubjects);
    for (const held of table.all()) {
      if (held.loaded) this.#refreshOne(held, surplus.has(held), now);
      // Reading its rows failed: try again; until then nothing may be written over what is stored.
      else void table.load(held);
    }
  }

  #refreshOne(held: LimitedSubject, isSurplus: boolean, now: number): void {
    const { table, writer, idleMs } = this.#deps;
    advanceSubject(held, now);
    const isIdle = isSurplus || now - held.lastUsed >= idleMs;
    if (isIdle) held.quiet = true;
    if (isIdle && isSettled(held) && (isSurplus || isEmpty(held))) {
      writer.forget(held);
      table.forget(held);
    } else if (differsFromRows(held) || isMissized(held.lease, wantedLease(held, now)))
      void writer.save(held);
  }
}

const leastRecentlyUsed = (table: SubjectTable, count: number): ReadonlySet<LimitedSubject> => {
  if (count <= 0) return new Set();
  const oldestFirst = [...table.all()].toSorted((a, b) => a.lastUsed - b.lastUsed);
  return new Set(oldestFirst.slice(0, count));
};
