import { covered, spend, wantsRenewal } from '../../domain/rate-limit/permit-lease.ts';
import type { QuotaStateStore } from '../../domain/rate-limit/quota-state-store.ts';
import type { QuotaGranted, QuotaRefused, QuotaSubject, WindowState } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { left, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { advanceSubject, isReady, type LimitedSubject } from './limited-subject.ts';
import { refusalOf, statesOf } from './quota-outcome.ts';
import { QuotaRefresh, type QuotaRefreshDeps } from './quota-refresh.ts';
import { QuotaStateWriter } from './quota-state-writer.ts';
import { steadyNow } from './steady-now.ts';
import { SubjectTable } from './subject-table.ts';
import { addCostTo, count, delayCall } from './tracked-window.ts';

export type MemoryRateLimiterDeps = Partial<
  Pick<QuotaRefreshDeps, 'refreshMs' | 'idleMs' | 'maxSubjects'>
> & {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly store: QuotaStateStore;
  /** Permits granted while the store was away, which would be forgotten in a crash. */
  readonly onUnleased?: (permits: number) => void;
  /** How long a call waits for the store, at most twice, before calls go on without it. */
  readonly patienceMs?: number;
};

const defaults = { refreshMs: 1_000, patienceMs: 1_000, idleMs: 300_000, maxSubjects: 10_000 };

/** A subject whose rows could not be read cannot lease: its calls go on without a lease. */
const lacksCover = (held: LimitedSubject, cost: number): boolean => held.loaded && covered(held.lease) < cost;

type Outcome = Either<QuotaRefused, QuotaGranted>;
type Grant = { readonly opened: readonly LimitedSubject[]; readonly cost: number; readonly at: number };

/**
 * Rate limiter that counts the calls of one process exactly, in memory. A take is synchronous as long as the subjects'
 * leases cover it, and what it grants then survives kill -9 without a write of its own
 * (docs/adr/0005-leases-written-ahead.md). `close()` settles the rows; without it a lease is lost, and nothing more.
 */
export class MemoryRateLimiter implements RateLimiter {
  readonly #options: MemoryRateLimiterDeps & typeof defaults;
  readonly #now: () => number;
  readonly #table: SubjectTable;
  readonly #writer: QuotaStateWriter;
  readonly #refresh: QuotaRefresh;
  /** Needed until a caller reports that the call arrived late. */
  readonly #grants = new WeakMap<QuotaGranted, Grant>();

  constructor(deps: MemoryRateLimiterDeps) {
    this.#options = { ...defaults, ...deps };
    const { store, sleep, patienceMs } = this.#options;
    const now = (this.#now = steadyNow(deps.clock));
    this.#table = new SubjectTable({ store, sleep, now, patienceMs });
    this.#writer = new QuotaStateWriter({ store, sleep, now, patienceMs });
    this.#refresh = new QuotaRefresh({ ...this.#options, table: this.#table, writer: this.#writer, now });
    this.#refresh.start();
  }

  /** Rejects with a `RangeError` for a cost that is not a whole number of units from 0. */
  take(subjects: readonly QuotaSubject[], cost: number): AsyncResult<QuotaRefused, QuotaGranted> {
    if (!Number.isSafeInteger(cost) || cost < 0)
      return Promise.reject(new RangeError(`a cost is a whole number of units, not ${cost}`));
    const outcome = this.#attempt(subjects, cost);
    return outcome === undefined ? this.#takeWhenCovered(subjects, cost) : Promise.resolve(outcome);
  }

  async peek(subjects: readonly QuotaSubject[]): Promise<readonly WindowState[]> {
    const opened = this.#table.open(subjects, this.#now());
    await this.#loaded(opened);
    const now = this.#now();
    for (const held of opened) advanceSubject(held, now);
    return statesOf(opened);
  }

  arrivedLate(granted: QuotaGranted): void {
    const grant = this.#grants.get(granted);
    if (grant === undefined) return;
    const now = this.#now();
    for (const held of grant.opened) {
      if (held.arrivalMs === 0) continue;
      advanceSubject(held, now);
      for (const tracked of held.limited) delayCall(tracked, grant.at + held.arrivalMs, grant.cost);
    }
  }

  /** Adds what a granted call cost to the subject's rows. Ignored for a subject that is no longer held. */
  addCost(tenantId: TenantId, subjectId: string, micros: number): void {
    const held = this.#table.find(tenantId, subjectId);
    for (const tracked of held?.limited ?? []) addCostTo(tracked, micros);
  }

  /** Number of subjects in memory. */
  get subjectCount(): number {
    return this.#table.size;
  }

  /** Writes every row exactly as of now, with nothing leased. */
  flush(): Promise<void> {
    return this.#writer.settle([...this.#table.all()].filter(({ loaded }) => loaded));
  }

  /** Stops the refresh and flushes. Later calls are still counted and leased. */
  async close(): Promise<void> {
    this.#refresh.stop();
    await this.flush();
  }

  /** Undefined when the store has to be awaited. */
  #attempt(subjects: readonly QuotaSubject[], cost: number): Outcome | undefined {
    const now = this.#now();
    const opened = this.#table.open(subjects, now);
    for (const held of opened) {
      held.lastUsed = now;
      if (!isReady(held)) return undefined;
      advanceSubject(held, now);
    }
    const refusal = refusalOf(opened, cost);
    if (refusal !== undefined) return left(refusal);
    if (!this.#writer.away && opened.some((held) => lacksCover(held, cost))) return undefined;
    for (const held of opened) this.#grant(held, cost, now);
    const granted = { windows: statesOf(opened) };
    this.#grants.set(granted, { opened, cost, at: now });
    return right(granted);
  }

  #grant(held: LimitedSubject, cost: number, now: number): void {
    const unleased = cost - Math.max(0, covered(held.lease));
    if (unleased > 0) this.#options.onUnleased?.(unleased);
    for (const tracked of held.limited) count(tracked, cost);
    spend(held.lease, cost, now);
    held.quiet = false;
    if (wantsRenewal(held.lease) && held.loaded && !this.#writer.away) void this.#writer.save(held);
  }

  async #takeWhenCovered(subjects: readonly QuotaSubject[], cost: number): Promise<Outcome> {
    for (;;) {
      // Looked up again after every wait: a subject may be forgotten while nobody holds it.
      await this.#loaded(this.#table.open(subjects, this.#now()));
      const outcome = this.#attempt(subjects, cost);
      if (outcome !== undefined) return outcome;
      await this.#coverage(this.#table.open(subjects, this.#now()), cost);
    }
  }

  async #loaded(opened: readonly LimitedSubject[]): Promise<void> {
    const missing = opened.filter((held) => !isReady(held));
    await Promise.all(missing.map((held) => this.#table.load(held)));
  }

  async #coverage(opened: readonly LimitedSubject[], cost: number): Promise<void> {
    const waiting = opened.filter((held) => lacksCover(held, cost));
    for (const held of waiting) held.waiting += cost;
    await Promise.all(waiting.map((held) => this.#writer.cover(held)));
    for (const held of waiting) held.waiting -= cost;
  }
}
