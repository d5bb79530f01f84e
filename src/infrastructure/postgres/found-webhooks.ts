import { LRUCache } from 'lru-cache';

type Known<V> = { readonly value: V | undefined; readonly loadedAt: number };

type Options<V> = {
  readonly load: (key: string) => Promise<V | undefined>;
  readonly maxAge: number;
  /** For keys that nothing was found for. */
  readonly maxAgeOfNothing: number;
  readonly maxKeys: number;
  readonly monotonic: () => number;
};

/**
 * What was found by a key and may be a moment old, one load at a time for each key. Unlike a snapshot cache it
 * does not outlive the database: who takes a delivery has to store it there anyway.
 */
export class FoundWebhooks<V> {
  readonly #options: Options<V>;
  readonly #known: LRUCache<string, Known<V>>;
  readonly #loading = new Map<string, Promise<V | undefined>>();
  #generation = 0;

  constructor(options: Options<V>) {
    this.#options = options;
    this.#known = new LRUCache({ max: options.maxKeys });
  }

  async get(key: string): Promise<V | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined && this.#isFresh(known)) return known.value;
    const under = this.#loading.get(key);
    if (under !== undefined) return under;
    const loading = this.load(key).finally(() => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
    });
    this.#loading.set(key, loading);
    return loading;
  }

  /** Begins after the call, whatever is known or under way. */
  async load(key: string): Promise<V | undefined> {
    const loadedAt = this.#options.monotonic();
    const generation = this.#generation;
    const value = await this.#options.load(key);
    const isOlder = (this.#known.peek(key)?.loadedAt ?? -Infinity) > loadedAt;
    if (generation === this.#generation && !isOlder) this.#known.set(key, { value, loadedAt });
    return value;
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

  #isFresh({ value, loadedAt }: Known<V>): boolean {
    const { maxAge, maxAgeOfNothing, monotonic } = this.#options;
    return monotonic() - loadedAt < (value === undefined ? maxAgeOfNothing : maxAge);
  }
}
