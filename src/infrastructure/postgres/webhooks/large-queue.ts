import type { Pool } from 'pg';
import { storeLargeDelivery } from './large-delivery.ts';
import type { WaitingDelivery } from './waiting-delivery.ts';

type Options = {
  readonly pool: Pool;
  /** Called after a commit that left events in the outbox. */
  readonly onCommitted: () => void;
  /** Called whenever it may have become empty. */
  readonly onLess: () => void;
};

/**
 * Of the connections that everybody shares, large bodies take a quarter at once: each holds one until all of its parts
 * are written.
 */
const SHARE_OF_LARGE = 1 / 4;

/** Deliveries whose bodies go in parts, each by itself: first come, first served. */
export class LargeQueue {
  readonly #options: Options;
  readonly #waiting = new Set<WaitingDelivery>();
  #underWay = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Nothing waits here, and nothing is under way. */
  get isEmpty(): boolean {
    return this.#underWay + this.#waiting.size === 0;
  }

  add(delivery: WaitingDelivery): void {
    this.#waiting.add(delivery);
    this.#start();
  }

  /** Nobody waits for it any more. One that is under way goes on. */
  letGo(delivery: WaitingDelivery): void {
    if (this.#waiting.delete(delivery)) this.#options.onLess();
  }

  #start(): void {
    const { max } = this.#options.pool.options;
    const most = Math.max(1, Math.floor(max * SHARE_OF_LARGE));
    for (const next of this.#waiting) {
      if (this.#underWay >= most) break;
      this.#waiting.delete(next);
      void this.#store(next);
    }
  }

  async #store(delivery: WaitingDelivery): Promise<void> {
    const { pool, onCommitted, onLess } = this.#options;
    this.#underWay += 1;
    await storeLargeDelivery(pool, delivery);
    this.#underWay -= 1;
    if (delivery.kept.state === 'accepted') onCommitted();
    this.#start();
    onLess();
  }
}
