import type { WaitingDelivery } from './waiting-delivery.ts';

type Options = {
  /** Another delivery is waiting. */
  readonly onAdded: () => void;
  /** Called whenever the queue may have become empty. */
  readonly onLess: () => void;
};

/** Deliveries that wait to be stored, and the number of writes under way. */
export class DeliveryTurns {
  readonly waiting = new Set<WaitingDelivery>();
  readonly #options: Options;
  #underWay = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Nothing is waiting or under way. */
  get isEmpty(): boolean {
    return this.#underWay + this.waiting.size === 0;
  }

  add(delivery: WaitingDelivery): void {
    this.waiting.add(delivery);
    this.#options.onAdded();
  }

  /** Drops a delivery that nobody waits for any more. One that is being written continues. */
  letGo(delivery: WaitingDelivery): void {
    if (this.waiting.delete(delivery)) this.#options.onLess();
  }

  /** Runs one write, which counts as under way until it ends. */
  async take(store: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    await store();
    this.#underWay -= 1;
  }
}
