import type { Pool } from 'pg';
import type {
  DeliveryLedger,
  DeliveryToKeep,
  LedgerAnswer,
} from '../../../domain/webhook/delivery/received-delivery.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { onceATurn } from '../../system/once-a-turn.ts';
import {
  storeDeliveries,
  storeLargeDelivery,
  type DeliveryStore,
  type WaitingDelivery,
} from './delivery-group.ts';

type Options = {
  /** For groups: `GROUPS_AT_ONCE` of its connections are enough. */
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

const GROUPS_AT_ONCE = 2;
/**
 * Of the connections that everybody shares, large bodies take a quarter at once: each holds one until all of its parts
 * are written.
 */
const SHARE_OF_LARGE = 1 / 4;
const LARGEST_GROUP = 256;
/** Bytes of bodies and events, so that a group stays one quick statement. */
const LARGEST_GROUP_BYTES = 1_000_000;
/** While a group is under way the next starts when this many wait (ADR 0010). */
const WORTH_A_SECOND_GROUP = 16;
/**
 * Milliseconds from the start of a group of several to that of the next, while fewer wait than are worth a second one.
 * A group costs the server half a millisecond however small it is: at 1,300 deliveries a second, groups of two took
 * a quarter more processor time of both sides than groups of five.
 */
const BETWEEN_GROUPS_MS = 4;
/** A sender is told to come again within a second. */
const PATIENCE_MS = 950;
const LARGE_PATIENCE_MS = 10_000;
/** Bodies above it go in parts. */
export const LARGE_BODY = 1024 * 1024;

const UNAVAILABLE: LedgerAnswer = { kind: 'unavailable' };

/**
 * Deliveries in `webhook_deliveries`, by group commit as the trail's (ADR 0010): what waits goes into one statement
 * and one commit, at most two under way. A body of more than a MiB goes by itself.
 */
export class PostgresDeliveryLedger implements DeliveryLedger {
  readonly #options: Options;
  readonly #store: DeliveryStore;
  readonly #queue = new Set<WaitingDelivery>();
  readonly #large = new Set<WaitingDelivery>();
  #groupsUnderWay = 0;
  /** They take no place of a group. */
  #largeUnderWay = 0;
  readonly #planTurn = onceATurn(() => this.#startGroups());
  #notBefore = 0;
  #isPausing = false;
  #onEmpty: (() => void)[] = [];

  constructor(options: Options) {
    this.#options = options;
    this.#store = { pool: options.groupPool, isAway: options.isAway };
  }

  accept(kept: DeliveryToKeep): Promise<LedgerAnswer> {
    if (this.#options.isAway()) return Promise.resolve(UNAVAILABLE);
    const isLarge = kept.body.length > LARGE_BODY;
    const { patienceMs = isLarge ? LARGE_PATIENCE_MS : PATIENCE_MS } = this.#options;
    const line = isLarge ? this.#large : this.#queue;
    const begin: Begin = (waiting) => {
      const delivery = { ...waiting, kept, followers: [], isOver: false };
      line.add(delivery);
      if (isLarge) this.#startLarge();
      else this.#planTurn();
      return delivery;
    };
    return inTime(patienceMs, begin, (delivery) => {
      if (line.delete(delivery)) this.#tellWhenEmpty();
    });
  }

  /** Resolves when nothing waits any more. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
      this.#tellWhenEmpty();
    });
  }

  #startGroups(): void {
    while (this.#groupsUnderWay < this.#mostAtOnce()) {
      if (this.#isTooEarly()) break;
      const group = this.#takeGroup();
      if (group.length === 0) break;
      this.#notBefore = group.length > 1 ? this.#options.clock.monotonic() + BETWEEN_GROUPS_MS : 0;
      void this.#storeGroup(group);
    }
    this.#tellWhenEmpty();
  }

  #mostAtOnce(): number {
    return this.#queue.size < WORTH_A_SECOND_GROUP ? 1 : GROUPS_AT_ONCE;
  }

  /** Comes back when it is not. */
  #isTooEarly(): boolean {
    const { clock, sleep } = this.#options;
    const earlyMs = this.#notBefore - clock.monotonic();
    const waiting = this.#queue.size;
    if (waiting === 0 || waiting >= WORTH_A_SECOND_GROUP || earlyMs <= 0) return false;
    if (this.#isPausing) return true;
    this.#isPausing = true;
    void sleep(earlyMs).then(() => {
      this.#isPausing = false;
      this.#startGroups();
    });
    return true;
  }

  /** One of each claim; equal ones follow it, and what cannot, waits for the next group. */
  #takeGroup(): readonly WaitingDelivery[] {
    const group = new Map<string, WaitingDelivery>();
    let bytes = 0;
    for (const delivery of this.#queue) {
      const key = keyOf(delivery.kept);
      const first = group.get(key);
      if (first !== undefined && isSameBody(first.kept, delivery.kept)) first.followers.push(delivery);
      else if (first !== undefined || group.size >= LARGEST_GROUP || bytes >= LARGEST_GROUP_BYTES) continue;
      else {
        group.set(key, delivery);
        bytes += 2 * delivery.kept.body.length;
      }
      this.#queue.delete(delivery);
    }
    return [...group.values()];
  }

  async #storeGroup(group: readonly WaitingDelivery[]): Promise<void> {
    this.#groupsUnderWay += 1;
    await storeDeliveries(this.#store, group);
    this.#groupsUnderWay -= 1;
    if (group.some(({ kept }) => kept.state === 'accepted')) this.#options.onCommitted();
    this.#startGroups();
  }

  /** First come, first served. */
  #startLarge(): void {
    const { max } = this.#options.largePool.options;
    const most = Math.max(1, Math.floor(max * SHARE_OF_LARGE));
    for (const next of this.#large) {
      if (this.#largeUnderWay >= most) break;
      this.#large.delete(next);
      void this.#storeLarge(next);
    }
    this.#tellWhenEmpty();
  }

  async #storeLarge(delivery: WaitingDelivery): Promise<void> {
    this.#largeUnderWay += 1;
    await storeLargeDelivery(this.#options.largePool, delivery);
    this.#largeUnderWay -= 1;
    if (delivery.kept.state === 'accepted') this.#options.onCommitted();
    this.#startLarge();
  }

  #tellWhenEmpty(): void {
    const waiting = this.#queue.size + this.#large.size;
    if (this.#groupsUnderWay + this.#largeUnderWay + waiting > 0) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }
}

type Begin = (waiting: Pick<WaitingDelivery, 'resolve' | 'reject'>) => WaitingDelivery;

/**
 * What was not answered in time is not stored, as far as its sender is concerned; a late commit makes
 * its retry a repeat. One that still waits then is let go at once: nobody counts its bytes any more.
 */
const inTime = (
  patienceMs: number,
  begin: Begin,
  letGo: (delivery: WaitingDelivery) => void,
): Promise<LedgerAnswer> =>
  new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(late);
      delivery.isOver = true;
      letGo(delivery);
      settle();
    };
    const delivery = begin({
      resolve: (answer) => end(() => resolve(answer)),
      reject: (error) => end(() => reject(error as Error)),
    });
    // A busy process hears of the clock before it reads its sockets: an answer may lie there already.
    const late = setTimeout(() => setImmediate(() => delivery.resolve(UNAVAILABLE)), patienceMs);
  });

const keyOf = ({ delivery, claim }: DeliveryToKeep): string =>
  claim === undefined ? delivery.id : `${delivery.webhookId} ${claim.keyHash}`;

const isSameBody = (one: DeliveryToKeep, two: DeliveryToKeep): boolean =>
  one.delivery.bodySha256 === two.delivery.bodySha256;
