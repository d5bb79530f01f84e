import type { Sleep } from '../../domain/shared/clock.ts';

type Options<V> = {
  /** Reads the values for these keys; keys without a value are missing from the result. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  /** Milliseconds from the start of one read to that of the next. */
  readonly everyMs: number;
  readonly monotonic: () => number;
  readonly sleep: Sleep;
};

type Asked<V> = PromiseWithResolvers<V | undefined>;

/**
 * Batches reads: one at a time, and a limited number a second, however many callers ask for whatever keys. Each caller
 * is answered by a read that began after it had asked.
 */
export class ReadTogether<V> {
  readonly #options: Options<V>;
  #waiting = new Map<string, Asked<V>>();
  #startedAt = -Infinity;
  #isReading = false;

  constructor(options: Options<V>) {
    this.#options = options;
  }

  of(key: string): Promise<V | undefined> {
    const asked = this.#waiting.get(key) ?? Promise.withResolvers<V | undefined>();
    this.#waiting.set(key, asked);
    if (!this.#isReading) void this.#readWaiting();
    return asked.promise;
  }

  async #readWaiting(): Promise<void> {
    const { everyMs, monotonic, sleep } = this.#options;
    this.#isReading = true;
    while (this.#waiting.size > 0) {
      const early = this.#startedAt + everyMs - monotonic();
      if (early > 0) await sleep(early);
      const asked = this.#waiting;
      this.#waiting = new Map();
      this.#startedAt = monotonic();
      await this.#answer(asked);
    }
    this.#isReading = false;
  }

  async #answer(asked: ReadonlyMap<string, Asked<V>>): Promise<void> {
    try {
      const found = await this.#options.read([...asked.keys()]);
      for (const [key, { resolve }] of asked) resolve(found.get(key));
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  }
}
