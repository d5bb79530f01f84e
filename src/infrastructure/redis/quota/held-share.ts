import type { StoredWindow } from '../../../domain/rate-limit/quota-state-store.ts';
import { windowTypes, type QuotaSubject } from '../../../domain/rate-limit/quota.ts';
import { applyShareLimits, openShare, type ReplicaShare } from '../../../domain/rate-limit/replica-share.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** This replica's share of a subject, with what the Redis adapter needs to keep about it. */
export type HeldShare = ReplicaShare & {
  /** Units of calls that were sent to Redis and not answered yet. */
  inFlight: number;
  /** Settles when the push under way has ended. Until then no command is sent, since it could overtake the push. */
  pushUnderWay: Promise<void> | undefined;
  /** The gate is closed: Redis grants nothing of it yet, because other replicas may know of calls that it has lost. */
  isGated: boolean;
  /** Redis has answered that it lost this subject, which has not been reported again yet. */
  isLost: boolean;
  /** Cost of calls in millionths that were not sent to Redis yet. */
  micros: number;
  /** Rows of the table, read when Redis knew nothing of the subject. */
  rows: readonly StoredWindow[] | undefined;
  /** Both times by the monotonic clock. */
  lastUsed: number;
  lastSent: number;
  /** The row of the table is due, and this replica is the one to write it. */
  rowDue: boolean;
};

const keyOf = (tenantId: TenantId, subjectId: string): string => `${tenantId} ${subjectId}`;

/** The shares of the subjects that this replica has used lately. */
export class ShareTable {
  readonly #shares = new Map<string, HeldShare>();

  get size(): number {
    return this.#shares.size;
  }

  all(): readonly HeldShare[] {
    return [...this.#shares.values()];
  }

  /** Shares of those subjects that are limited, each once, with their current limits applied. */
  open(subjects: readonly QuotaSubject[], now: number): readonly HeldShare[] {
    const opened: HeldShare[] = [];
    for (const subject of subjects) {
      const isFree = windowTypes.every((type) => subject.limits[type] === undefined);
      const known = this.find(subject.tenantId, subject.subjectId);
      const held = known ?? (isFree ? undefined : this.#add(subject));
      if (held === undefined) continue;
      // Also when no limit is left, so that costs of its calls are no longer collected for Redis.
      applyShareLimits(held, subject);
      if (isFree) continue;
      held.lastUsed = now;
      if (!opened.includes(held)) opened.push(held);
    }
    return opened;
  }

  find(tenantId: TenantId, subjectId: string): HeldShare | undefined {
    return this.#shares.get(keyOf(tenantId, subjectId));
  }

  forget({ tenantId, subjectId }: HeldShare): void {
    this.#shares.delete(keyOf(tenantId, subjectId));
  }

  #add(subject: QuotaSubject): HeldShare {
    const held: HeldShare = {
      ...openShare(subject),
      inFlight: 0,
      pushUnderWay: undefined,
      isGated: false,
      isLost: false,
      micros: 0,
      rows: undefined,
      lastUsed: 0,
      lastSent: Number.NEGATIVE_INFINITY,
      rowDue: false,
    };
    this.#shares.set(keyOf(subject.tenantId, subject.subjectId), held);
    return held;
  }
}
