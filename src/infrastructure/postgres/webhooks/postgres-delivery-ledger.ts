import type { Pool } from 'pg';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import type {
  DeliveryLedger,
  DeliveryToKeep,
  LedgerAnswer,
} from '../../../domain/webhook/delivery/received-delivery.ts';
import { answeredInTime } from './answered-in-time.ts';
import { GroupQueue } from './group-queue.ts';
import { LargeQueue } from './large-queue.ts';
import { UNAVAILABLE } from './waiting-delivery.ts';

type Options = {
  /** For groups: two connections are enough, one for each group under way. */
  readonly groupPool: Pick<Pool, 'connect'>;
  /** For bodies that go in parts, so that nobody's small delivery waits behind one. */
  readonly largePool: Pool;
  readonly isAway: () => boolean;
  /** Called after a commit that left events in the outbox: wakes the relay. */
  readonly onCommitted: () => void;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Milliseconds after which a delivery counts as not stored. */
  readonly patienceMs?: number;
};

/** A sender is told to come again within a second. */
const PATIENCE_MS = 950;
const LARGE_PATIENCE_MS = 10_000;
/** Bodies above it go in parts. */
export const LARGE_BODY = 1024 * 1024;

/**
 * Deliveries in `webhook_deliveries`, by group commit as the trail's (ADR 0010): what waits goes into one statement
 * and one commit, at most two under way. A body of more than a MiB goes by itself, and takes no place of a group.
 */
export class PostgresDeliveryLedger implements DeliveryLedger {
  readonly #options: Options;
  readonly #groups: GroupQueue;
  readonly #large: LargeQueue;
  #onEmpty: (() => void)[] = [];

  constructor(options: Options) {
    const { groupPool, largePool, isAway, onCommitted, clock, sleep } = options;
    const onLess = (): void => this.#tellWhenEmpty();
    this.#options = options;
    this.#groups = new GroupQueue({ store: { pool: groupPool, isAway }, clock, sleep, onCommitted, onLess });
    this.#large = new LargeQueue({ pool: largePool, onCommitted, onLess });
  }

  accept(kept: DeliveryToKeep): Promise<LedgerAnswer> {
    if (this.#options.isAway()) return Promise.resolve(UNAVAILABLE);
    const isLarge = kept.body.length > LARGE_BODY;
    const { patienceMs = isLarge ? LARGE_PATIENCE_MS : PATIENCE_MS } = this.#options;
    return answeredInTime(kept, isLarge ? this.#large.turns : this.#groups.turns, patienceMs);
  }

  /** Resolves when nothing waits any more. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
      this.#tellWhenEmpty();
    });
  }

  #tellWhenEmpty(): void {
    if (!this.#groups.turns.isEmpty || !this.#large.turns.isEmpty) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }
}
