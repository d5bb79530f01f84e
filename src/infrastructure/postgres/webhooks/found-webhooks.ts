import { LRUCache } from 'lru-cache';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { ReadTogether } from '../../system/read-together.ts';

type Known<V> = { readonly value: V | undefined; readonly loadedAt: number };

type Options<V> = {
  /** What is there for these keys; those for which nothing is are left out. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  readonly maxAge: number;
  /** For keys that nothing was found for. */
  readonly maxAgeOfNothing: number;
  readonly maxKeys: number;
  /** Milliseconds between loads that are asked for although something is known. */
  readonly renewEveryMs: number;
  readonly monotonic: () => number;
  readonly sleep: Sleep;
};

/**
 * What was found by a key and may be a moment old, one load at a time for each key. Unlike a snapshot cache it
 * does not outlive the database: who takes a delivery has to store it there anyway.
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

  /** Loads after the call, whatever is known or under way; together with others who ask, see `renewEveryMs`. */
  renewed(key: string): Promise<V | undefined> {
    return this.#renewals.of(key);
  }

  /** Whether something was found by it, however long ago. */
  has(key: string): boolean {
    return this.#known.peek(key)?.value !== undefined;
  }

  /** What is being loaded is not kept either. */
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
