import { LRUCache } from 'lru-cache';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { ReadTogether } from '../../system/read-together.ts';

type Known<V> = { readonly value: V | undefined; readonly loadedAt: number };

type Options<V> = {
  /** Loads the values for these keys; keys without a value are missing from the result. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  readonly maxAge: number;
  /** For keys for which nothing was found. */
  readonly maxAgeOfNothing: number;
  readonly maxKeys: number;
  /** Milliseconds between loads that are forced although a value is known. */
  readonly renewEveryMs: number;
  readonly monotonic: () => number;
  readonly sleep: Sleep;
};

/**
 * A cache of values that may be a moment old, with one load at a time per key. Unlike `SnapshotCache` it does not
 * bridge an outage of the database, where the delivery would have to be stored anyway.
 */
export class FoundWebhooks<V> {
  readonly #options: Options<V>;
  readonly #known: LRUCache<string, Known<V>>;
  readonly #loading = new Map<string, Promise<V | undefined>>();
  readonly #renewals: ReadTogether<V>;
  #generation = 0;

  constructor(options: Options<V>) {
    this.#options = options;
    this.#known = new LRUCache({ max: options.maxKeys });
    const { renewEveryMs: everyMs, monotonic, sleep } = options;
    this.#renewals = new ReadTogether({ read: (keys) => this.#load(keys), everyMs, monotonic, sleep });
  }

  async get(key: string): Promise<V | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined && this.#isFresh(known)) return known.value;
    const under = this.#loading.get(key);
    if (under !== undefined) return under;
    const loading = this.#load([key])
      .then((found) => found.get(key))
      .finally(() => {
        if (this.#loading.get(key) === loading) this.#loading.delete(key);
      });
    this.#loading.set(key, loading);
    return loading;
  }

  /** Loads afresh, whatever is known or under way; together with others that ask, see `renewEveryMs`. */
  renewed(key: string): Promise<V | undefined> {
    return this.#renewals.of(key);
  }

  /** Whether a value was found for the key, however long ago. */
  has(key: string): boolean {
    return this.#known.peek(key)?.value !== undefined;
  }

  /** Loads under way are not kept either. */
  forgetAll(): void {
    this.#generation += 1;
    this.#known.clear();
    this.#loading.clear();
  }

  async #load(keys: readonly string[]): Promise<ReadonlyMap<string, V>> {
    const loadedAt = this.#options.monotonic();
    const generation = this.#generation;
    const found = await this.#options.load(keys);
    for (const key of keys) {
      const isOlder = (this.#known.peek(key)?.loadedAt ?? -Infinity) > loadedAt;
      if (generation === this.#generation && !isOlder)
        this.#known.set(key, { value: found.get(key), loadedAt });
    }
    return found;
  }

  #isFresh({ value, loadedAt }: Known<V>): boolean {
    const { maxAge, maxAgeOfNothing, monotonic } = this.#options;
    return monotonic() - loadedAt < (value === undefined ? maxAgeOfNothing : maxAge);
  }
}
