import type { QuotaStateStore } from '../../domain/rate-limit/quota-state-store.ts';
import { windowTypes, type QuotaLimits, type QuotaSubject } from '../../domain/rate-limit/quota.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import { patience } from '../system/patience.ts';
import { applyLimits, openSubject, restoreSubject, type LimitedSubject } from './limited-subject.ts';

export type SubjectTableDeps = {
  readonly store: QuotaStateStore;
  readonly sleep: Sleep;
  /** Epoch milliseconds that never go back. */
  readonly now: () => number;
  /** How long a first call waits for the stored rows before it goes on without them. */
  readonly patienceMs: number;
};

/** No tenant id contains a space. */
const keyOf = (tenantId: TenantId, subjectId: string): string => `${tenantId} ${subjectId}`;

const isUnlimited = (limits: QuotaLimits): boolean => windowTypes.every((type) => limits[type] === undefined);

/** The subjects in memory, each with its stored rows merged in: read once, on first use. */
export class SubjectTable {
  readonly #deps: SubjectTableDeps;
  readonly #subjects = new Map<string, LimitedSubject>();
  #away = false;

  constructor(deps: SubjectTableDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#subjects.size;
  }

  all(): Iterable<LimitedSubject> {
    return this.#subjects.values();
  }

  /** Those of the subjects that are limited, each once, with their current limits applied. */
  open(subjects: readonly QuotaSubject[], now: number): readonly LimitedSubject[] {
    const opened: LimitedSubject[] = [];
    for (const subject of subjects) {
      const isFree = isUnlimited(subject.limits);
      const known = this.find(subject.tenantId, subject.subjectId);
      const held = known ?? (isFree ? undefined : this.#add(subject, now));
      if (held === undefined) continue;
      // Also when no limit is left, so that the cost of its calls is no longer recorded.
      applyLimits(held, subject);
      if (!isFree && !opened.includes(held)) opened.push(held);
    }
    return opened;
  }

  find(tenantId: TenantId, subjectId: string): LimitedSubject | undefined {
    return this.#subjects.get(keyOf(tenantId, subjectId));
  }

  forget(held: LimitedSubject): void {
    this.#subjects.delete(keyOf(held.tenantId, held.subjectId));
  }

  /** Concurrent first uses share one read. Resolves when it has ended, or took longer than a call may wait. */
  load(held: LimitedSubject): Promise<void> {
    held.loading ??= this.#load(held);
    return held.loading;
  }

  #add(subject: QuotaSubject, now: number): LimitedSubject {
    const held = openSubject(subject, now);
    // While the store is away nobody waits for it again.
    held.unreadable = this.#away;
    this.#subjects.set(keyOf(subject.tenantId, subject.subjectId), held);
    void this.load(held);
    return held;
  }

  async #load(held: LimitedSubject): Promise<void> {
    const answered = new AbortController();
    const noteResult = () => {
      this.#away = !held.loaded;
      held.unreadable = !held.loaded;
    };
    const read = this.#read(held).finally(() => {
      held.loading = undefined;
      noteResult();
      answered.abort();
    });
    const { sleep, patienceMs } = this.#deps;
    await Promise.race([read, patience(sleep, patienceMs, answered.signal)]);
    noteResult();
  }

  async #read(held: LimitedSubject): Promise<void> {
    const { store, now } = this.#deps;
    try {
      restoreSubject(held, await store.load(held.tenantId, held.subjectId), now());
    } catch {
      // The store reports its failures itself.
    }
  }
}
