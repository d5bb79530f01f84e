import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { onceATurn } from '../../system/once-a-turn.ts';
import { storeDeliveries, type DeliveryStore } from './delivery-group.ts';
import { DeliveryTurns } from './delivery-turns.ts';
import { takeGroup } from './take-group.ts';
import type { WaitingDelivery } from './waiting-delivery.ts';

type Options = {
  readonly store: DeliveryStore;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Called after a commit that left events in the outbox. */
  readonly onCommitted: () => void;
  /** Called whenever the queue may have become empty. */
  readonly onLess: () => void;
};

const GROUPS_AT_ONCE = 2;
/** While a group is under way, the next one starts when this many deliveries wait (ADR 0010). */
const WORTH_A_SECOND_GROUP = 16;
/**
 * Milliseconds from the start of a group of several to that of the next, unless enough wait for a second one. A group
 * costs the server half a millisecond however small it is: at 1,300 deliveries a second, groups of two took a quarter
 * more processor time on both sides than groups of five.
 */
const BETWEEN_GROUPS_MS = 4;

/** Deliveries that share a statement and its commit with others of the same moment. */
export class GroupQueue {
  readonly turns: DeliveryTurns;
  readonly #options: Options;
  #notBefore = 0;
  #isPausing = false;

  constructor(options: Options) {
    this.#options = options;
    const planTurn = onceATurn(() => this.#start());
    this.turns = new DeliveryTurns({ onAdded: planTurn, onLess: options.onLess });
  }

  #start(): void {
    while (this.turns.underWay < this.#mostAtOnce() && !this.#isTooEarly()) {
      const group = takeGroup(this.turns.waiting);
      if (group.length === 0) break;
      this.#notBefore = group.length > 1 ? this.#options.clock.monotonic() + BETWEEN_GROUPS_MS : 0;
      void this.#store(group);
    }
    this.#options.onLess();
  }

  #mostAtOnce(): number {
    return this.turns.waiting.size < WORTH_A_SECOND_GROUP ? 1 : GROUPS_AT_ONCE;
  }

  /** When it is too early, schedules a start for when it no longer is. */
  #isTooEarly(): boolean {
    const { clock, sleep } = this.#options;
    const earlyMs = this.#notBefore - clock.monotonic();
    const { size } = this.turns.waiting;
    if (size === 0 || size >= WORTH_A_SECOND_GROUP || earlyMs <= 0) return false;
    if (this.#isPausing) return true;
    this.#isPausing = true;
    void sleep(earlyMs).then(() => {
      this.#isPausing = false;
      this.#start();
    });
    return true;
  }

  async #store(group: readonly WaitingDelivery[]): Promise<void> {
    await this.turns.take(() => storeDeliveries(this.#options.store, group));
    if (group.some(({ kept }) => kept.state === 'accepted')) this.#options.onCommitted();
    this.#start();
  }
}
