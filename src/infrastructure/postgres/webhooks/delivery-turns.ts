import type { WaitingDelivery } from './waiting-delivery.ts';

type Options = {
  /** One more waits. */
  readonly onAdded: () => void;
  /** Called whenever it may have become empty. */
  readonly onLess: () => void;
};

/** Deliveries that wait for their turn to be stored, and how many turns are under way. */
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

  /** Nothing waits here, and nothing is under way. */
  get isEmpty(): boolean {
    return this.#underWay + this.waiting.size === 0;
  }

  add(delivery: WaitingDelivery): void {
    this.waiting.add(delivery);
    this.#options.onAdded();
  }

  /** Nobody waits for it any more. One that is under way goes on. */
  letGo(delivery: WaitingDelivery): void {
    if (this.waiting.delete(delivery)) this.#options.onLess();
  }

  /** One turn: what is given is under way until it ends. */
  async take(store: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    await store();
    this.#underWay -= 1;
  }
}
