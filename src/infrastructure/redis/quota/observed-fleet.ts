/** All replicas, as reported with the last heartbeat. */
export type Fleet = {
  readonly replicas: number;
  /** Since when this Redis has data (it was empty before), by its own clock. */
  readonly began: number;
  /** All replicas that were alive before have reported again what they know. */
  readonly restored: boolean;
  /** Earlier processes at this one's address, which must be gone, or this one could not have it. */
  readonly replaced: readonly string[];
};

/** What Redis answers to a heartbeat. */
export type HeartbeatReply = readonly [
  now: number,
  replicas: number,
  began: number,
  restored: number,
  here: readonly string[],
];

type Deps = { readonly id: string; readonly monotonic: () => number };

/** The least number of replicas assumed until Redis has answered enough heartbeats in a row. */
const ASSUMED_REPLICAS = 4;
const UNOBSERVED: Fleet = { replicas: 1, began: 0, restored: true, replaced: [] };
/**
 * The largest count within this time is used, since a Redis that was just emptied hears of the replicas one by one. It
 * never hears of a replica that crashed just before, which must be counted until its calls have left the minute's
 * windows.
 */
const REMEMBERED_MS = 60_000;
/**
 * So many heartbeats must be answered in a row before the count is believed. Where Redis cannot run a script by its
 * hash, or has no place for all connections, each replica may be heard only once and never hear of those after it.
 */
const ENOUGH = 2;

/** The fleet as reported by the heartbeats of the last minute. */
export class ObservedFleet {
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
    return this.#last ?? UNOBSERVED;
  }

  /** The number of replicas among which the rest of a quota is divided while Redis is away. */
  get liveReplicas(): number {
    return Math.max(this.lastCount, this.#isKnown ? 1 : ASSUMED_REPLICAS);
  }

  /** Sent to Redis with the next heartbeat; zero before the first. */
  get lastCount(): number {
    return this.#last?.replicas ?? 0;
  }

  /**
   * The beginning of the data that this replica found in Redis when it started; undefined before its first heartbeat.
   */
  get firstBegan(): number | undefined {
    return this.#firstBegan;
  }

  /** A heartbeat was not sent or not answered. */
  missed(): void {
    this.#inARow = 0;
  }

  observe([, replicas, began, restored, here]: HeartbeatReply): void {
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
