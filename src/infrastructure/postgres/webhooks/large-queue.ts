import type { Pool } from 'pg';
import { DeliveryTurns } from './delivery-turns.ts';
import { storeLargeDelivery } from './large-delivery.ts';
import type { WaitingDelivery } from './waiting-delivery.ts';

type Options = {
  readonly pool: Pool;
  /** Called after a commit that left events in the outbox. */
  readonly onCommitted: () => void;
  /** Called whenever the queue may have become empty. */
  readonly onLess: () => void;
};

/** Large bodies use at most a quarter of the shared connections: each holds one until all of its parts are written. */
const SHARE_OF_LARGE = 1 / 4;

/** Deliveries whose bodies are split into parts, each stored on its own: first come, first served. */
export class LargeQueue {
  readonly turns: DeliveryTurns;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.turns = new DeliveryTurns({ onAdded: () => this.#start(), onLess: options.onLess });
  }

  #start(): void {
    const { max } = this.#options.pool.options;
    const most = Math.max(1, Math.floor(max * SHARE_OF_LARGE));
    for (const next of this.turns.waiting) {
      if (this.turns.underWay >= most) break;
      this.turns.waiting.delete(next);
      void this.#store(next);
    }
  }

  async #store(delivery: WaitingDelivery): Promise<void> {
    const { pool, onCommitted, onLess } = this.#options;
    await this.turns.take(() => storeLargeDelivery(pool, delivery));
    if (delivery.kept.state === 'accepted') onCommitted();
    this.#start();
    onLess();
  }
}
