import type { StoredWindow } from '../../../domain/rate-limit/quota-state-store.ts';
import { windowTypes, type QuotaSubject } from '../../../domain/rate-limit/quota.ts';
import { applyShareLimits, openShare, type ReplicaShare } from '../../../domain/rate-limit/replica-share.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** A share with what the adapter needs around it. */
export type HeldShare = ReplicaShare & {
  /** Units of calls under way to Redis. */
  inFlight: number;
  /** Settles when a push under way has ended. Until then no call is sent, since it could overtake the push. */
  pushed: Promise<void> | undefined;
  /** Redis grants nothing of it yet, because others may still know of calls that it has lost. */
  isGated: boolean;
  /** Redis has said that it lost this subject, and has not been told of it again. */
  isLost: boolean;
  /** Cost of calls in millionths, not told yet. */
  micros: number;
  /** Rows of the table, read when Redis knew nothing. */
  rows: readonly StoredWindow[] | undefined;
  /** Monotonic. */
  lastUsed: number;
  lastSent: number;
  /** The row in the table is due, and writing it fell to us. */
  rowDue: boolean;
};

const keyOf = (tenantId: TenantId, subjectId: string): string => `${tenantId} ${subjectId}`;

/** The subjects this replica has used lately. */
export class ShareTable {
  readonly #shares = new Map<string, HeldShare>();

  get size(): number {
    return this.#shares.size;
  }

  all(): readonly HeldShare[] {
    return [...this.#shares.values()];
  }

  /** The limited subjects among these with their limits of now, each once. */
  open(subjects: readonly QuotaSubject[], now: number): readonly HeldShare[] {
    const opened: HeldShare[] = [];
    for (const subject of subjects) {
      const isFree = windowTypes.every((type) => subject.limits[type] === undefined);
      const known = this.find(subject.tenantId, subject.subjectId);
      const held = known ?? (isFree ? undefined : this.#add(subject));
      if (held === undefined) continue;
      // Also when no limit is left: what its calls cost is then told to nobody.
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
      pushed: undefined,
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
