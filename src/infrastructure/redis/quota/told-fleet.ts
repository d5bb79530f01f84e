import type { Fleet } from './quota-caller.ts';

/** What Redis answers to a heartbeat. */
export type Heartbeat = readonly [
  now: number,
  replicas: number,
  began: number,
  restored: number,
  here: readonly string[],
];

type Deps = { readonly id: string; readonly monotonic: () => number };

/** Assumed, as the least, by a replica that Redis has never told or only now and then. */
const UNTOLD_REPLICAS = 4;
const UNTOLD: Fleet = { replicas: 1, began: 0, restored: true, replaced: [] };
/**
 * The largest number of replicas within this time counts. A Redis that was just emptied hears of them one by one. It
 * never hears of one that crashed just before, whose calls must leave the minute's windows by themselves.
 */
const REMEMBERED_MS = 60_000;
/**
 * Heartbeats in a row until it counts how many there are. Where Redis runs no script by its hash, or has places for some
 * connections alone, each replica may be heard once, and not hear of those that come after it.
 */
const ENOUGH = 2;

/** The fleet as the heartbeats of the last minute tell it. */
export class ToldFleet {
  readonly #deps: Deps;
  #last: Fleet | undefined;
  #counts: readonly { readonly at: number; readonly replicas: number }[] = [];
  #firstBegan: number | undefined;
  #inARow = 0;
  #isKnown = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get current(): Fleet {
    return this.#last ?? UNTOLD;
  }

  /** Who shares what is left while Redis is away. */
  get liveReplicas(): number {
    return Math.max(this.lastCount, this.#isKnown ? 1 : UNTOLD_REPLICAS);
  }

  /** Told to Redis with the next heartbeat; zero before the first. */
  get lastCount(): number {
    return this.#last?.replicas ?? 0;
  }

  /** When the data began that this replica found in Redis when it started; undefined before its first heartbeat. */
  get firstBegan(): number | undefined {
    return this.#firstBegan;
  }

  /** A heartbeat was not answered, or not sent. */
  missed(): void {
    this.#inARow = 0;
  }

  hear([, replicas, began, restored, here]: Heartbeat): void {
    const { id, monotonic } = this.#deps;
    this.#firstBegan ??= began;
    this.#inARow += 1;
    this.#isKnown ||= this.#inARow >= ENOUGH;
    const recent = this.#counts.filter(({ at }) => at > monotonic() - REMEMBERED_MS);
    this.#counts = [...recent, { at: monotonic(), replicas }];
    this.#last = {
      replicas: Math.max(1, ...this.#counts.map((count) => count.replicas)),
      began,
      restored: restored === 1,
      replaced: here.filter((one) => one !== id),
    };
  }
}
