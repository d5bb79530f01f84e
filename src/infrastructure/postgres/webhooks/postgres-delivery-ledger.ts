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
  /** For bodies in parts, so that no small delivery waits behind one. */
  readonly largePool: Pool;
  readonly isAway: () => boolean;
  /** Called after a commit that left events in the outbox: wakes the outbox relay. */
  readonly onCommitted: () => void;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Milliseconds after which a delivery counts as not stored. */
  readonly patienceMs?: number;
};

/** Less than a second, within which a sender must be told to come again. */
const PATIENCE_MS = 950;
const LARGE_PATIENCE_MS = 10_000;
/** Larger bodies are split into parts. */
export const LARGE_BODY = 1024 * 1024;

/**
 * Stores deliveries in `webhook_deliveries` by group commit, like the trail (ADR 0010): all that are waiting go into
 * one statement, at most two of which are under way. A body of more than a MiB is stored on its own, and takes no place
 * in a group.
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

  /** Resolves when nothing is waiting any more. */
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
