import { LRUCache } from 'lru-cache';
import type { Sleep } from '../../domain/shared/clock.ts';

type Known<V> = { readonly value: V; readonly loadedAt: number };
type Entry<V> = {
  known: Known<V> | undefined;
  loading: Promise<V> | undefined;
  /** Until then the known value serves although it is old: the database was asked and did not answer. */
  pausedUntil: number;
};

export type SnapshotCacheOptions<V> = {
  readonly load: (key: string) => Promise<V>;
  /** Milliseconds, counted from the start of a load: no value is older, unless the database is away. */
  readonly maxAge: number;
  /** How many keys are kept; the one unused for longest leaves first. */
  readonly maxKeys: number;
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  readonly warn?: (message: string) => void;
};

/** Milliseconds a caller waits for the database when an older value is at hand. */
const PATIENCE = 500;

/**
 * Values that may be a moment old, one load at a time for each key. When a load fails or takes too long, the
 * last known value goes on serving; a key that is not known yet rejects.
 */
export class SnapshotCache<V> {
  readonly #options: SnapshotCacheOptions<V>;
  readonly #entries: LRUCache<string, Entry<V>>;

  constructor(options: SnapshotCacheOptions<V>) {
    this.#options = options;
    this.#entries = new LRUCache({ max: options.maxKeys });
  }

  async get(key: string): Promise<V> {
    const entry = this.#entryOf(key);
    const { known } = entry;
    const now = this.#options.monotonic();
    if (known !== undefined && (now - known.loadedAt < this.#options.maxAge || now < entry.pausedUntil))
      return known.value;
    entry.loading ??= this.#load(key, entry);
    return known === undefined ? entry.loading : this.#orLastKnown(entry.loading, entry, known.value);
  }

  /** The next `get` loads anew; a load that is under way is not kept. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  forgetAll(): void {
    this.#entries.clear();
  }

  #entryOf(key: string): Entry<V> {
    const found = this.#entries.get(key);
    if (found !== undefined) return found;
    const entry: Entry<V> = { known: undefined, loading: undefined, pausedUntil: -Infinity };
    this.#entries.set(key, entry);
    return entry;
  }

  async #load(key: string, entry: Entry<V>): Promise<V> {
    const loadedAt = this.#options.monotonic();
    try {
      const value = await this.#options.load(key);
      entry.known = { value, loadedAt };
      return value;
    } finally {
      entry.loading = undefined;
    }
  }

  async #orLastKnown(loading: Promise<V>, entry: Entry<V>, lastKnown: V): Promise<V> {
    const answered = new AbortController();
    const late = this.#options.sleep(PATIENCE, answered.signal).then(() => {
      if (!answered.signal.aborted) this.#pause(entry, 'no answer yet');
      return lastKnown;
    });
    try {
      return await Promise.race([loading, late]);
    } catch (error) {
      this.#pause(entry, error instanceof Error ? error.message : 'unknown reason');
      return lastKnown;
    } finally {
      answered.abort();
    }
  }

  #pause(entry: Entry<V>, reason: string): void {
    const now = this.#options.monotonic();
    if (now >= entry.pausedUntil)
      this.#options.warn?.(`the database did not answer, old values serve: ${reason}`);
    entry.pausedUntil = now + this.#options.maxAge;
  }
}
