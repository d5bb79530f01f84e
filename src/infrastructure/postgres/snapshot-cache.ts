import { LRUCache } from 'lru-cache';
import type { Sleep } from '../../domain/shared/clock.ts';
import { isDependencyLost } from './dependency-lost.ts';

type Known<V> = { readonly value: V; readonly loadedAt: number };
type Entry<V> = {
  known: Known<V> | undefined;
  /** Told to load anew: `known` serves only while the database is away. */
  outdated: boolean;
  /** When it was told so last: what began to be loaded after that is newer. */
  readonly outdatedAt: number;
  loading: Promise<V> | undefined;
  /** Until then the known value serves although it is old: the database was asked and did not answer. */
  pausedUntil: number;
};

export type Loaded<V> = { readonly values: ReadonlyMap<string, V>; readonly isComplete: boolean };

export type SnapshotCacheOptions<V> = {
  readonly load: (key: string) => Promise<V>;
  /** Milliseconds, counted from the start of a load: no value is older, unless the database is away. */
  readonly maxAge: number;
  /** How many keys are kept; the one unused for longest leaves first. */
  readonly maxKeys: number;
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  /** Known to be away: nothing is loaded, and whoever has a value at hand waits for nothing. */
  readonly isAway?: () => boolean;
};

/** Milliseconds a caller waits for the database when an older value is at hand. */
const PATIENCE_MS = 300;
/**
 * Milliseconds that a caller waits for the database who has nothing else to go on with: on a busy machine a connection
 * is lost or late now and then, and the database seems away for a moment. Within a second writes are to hear 503.
 */
const MOMENT_MS = 800;
const LOOK_AGAIN_MS = 100;
/** A night without its database. After that a revocation made elsewhere has been unseen for too long. */
const LONGEST_AWAY_MS = 12 * 3_600_000;

/**
 * Values that may be a moment old, one load at a time for each key. When a load fails or takes too long, the
 * last known value goes on serving, for twelve hours at most; a key that is not known yet rejects, after
 * 0.8 s if the database is lost.
 */
export class SnapshotCache<V> {
  readonly #options: SnapshotCacheOptions<V>;
  readonly #entries: LRUCache<string, Entry<V>>;
  #generation = 0;

  constructor(options: SnapshotCacheOptions<V>) {
    this.#options = options;
    this.#entries = new LRUCache({ max: options.maxKeys });
  }

  async get(key: string): Promise<V> {
    const { monotonic, sleep } = this.#options;
    const until = monotonic() + MOMENT_MS;
    for (;;) {
      const isLast = monotonic() >= until;
      try {
        return await this.#asked(key);
      } catch (error) {
        if (isLast || !isDependencyLost(error)) throw error;
      }
      do await sleep(LOOK_AGAIN_MS);
      while (this.#isAway() && monotonic() < until);
    }
  }

  async #asked(key: string): Promise<V> {
    const found = this.#entries.get(key);
    const entry = found ?? newEntry<V>();
    const known = this.#usable(entry);
    if (known !== undefined && this.#mayServe(entry, known)) return known.value;
    // A key that is not known takes no other's place while nothing can be loaded.
    if (found === undefined && !this.#isAway()) this.#entries.set(key, entry);
    entry.loading ??= this.#load(key, entry);
    return known === undefined ? entry.loading : this.#orLastKnown(entry.loading, entry, known.value);
  }

  /**
   * The next `get` loads anew; a load that is under way is not kept. What is known by now serves on only when
   * the database goes away before that.
   */
  outdate(key: string): void {
    const known = this.#entries.peek(key)?.known;
    const outdatedAt = this.#options.monotonic();
    // Also of a key that is not known: it may be among those that are just being loaded all at once.
    this.#entries.set(key, { ...newEntry<V>(), known, outdated: true, outdatedAt });
  }

  forgetAll(): void {
    this.#generation += 1;
    this.#entries.clear();
  }

  /**
   * Brings all up to date at once, keys that nobody has asked for here included, so that an outage finds what was
   * true a moment ago. Without `isComplete` there are more keys than were loaded.
   */
  async refresh(loadAll: () => Promise<Loaded<V>>): Promise<void> {
    const loadedAt = this.#options.monotonic();
    const generation = this.#generation;
    const { values, isComplete } = await loadAll();
    if (generation !== this.#generation) return;
    if (isComplete) this.#dropOthers(values, loadedAt);
    for (const [key, value] of values) this.#renew(key, { value, loadedAt });
  }

  /** First, to make room: callers may have asked for any number of keys that there are not. */
  #dropOthers(values: ReadonlyMap<string, V>, loadedAt: number): void {
    for (const [key, { known }] of this.#entries.entries())
      if (!values.has(key) && known !== undefined && known.loadedAt < loadedAt) this.#entries.delete(key);
  }

  /** Neither over what is newer, nor over what has been changed meanwhile. */
  #renew(key: string, known: Known<V>): void {
    const entry = this.#entries.peek(key);
    if (entry === undefined) {
      // What is in use is not pushed out by what is not.
      if (this.#entries.size < this.#options.maxKeys) this.#entries.set(key, { ...newEntry<V>(), known });
    } else if (known.loadedAt > Math.max(entry.outdatedAt, entry.known?.loadedAt ?? -Infinity)) {
      entry.known = known;
      entry.outdated = false;
    }
  }

  #isAway(): boolean {
    return this.#options.isAway?.() ?? false;
  }

  #mayServe({ outdated, pausedUntil }: Entry<V>, { loadedAt }: Known<V>): boolean {
    const { maxAge, monotonic } = this.#options;
    const now = monotonic();
    return this.#isAway() || (!outdated && (now - loadedAt < maxAge || now < pausedUntil));
  }

  #usable({ known }: Entry<V>): Known<V> | undefined {
    const isTooOld = known !== undefined && this.#options.monotonic() - known.loadedAt > LONGEST_AWAY_MS;
    return isTooOld ? undefined : known;
  }

  async #load(key: string, entry: Entry<V>): Promise<V> {
    const loadedAt = this.#options.monotonic();
    try {
      const value = await this.#options.load(key);
      entry.known = { value, loadedAt };
      entry.outdated = false;
      return value;
    } finally {
      entry.loading = undefined;
    }
  }

  async #orLastKnown(loading: Promise<V>, entry: Entry<V>, lastKnown: V): Promise<V> {
    if (entry.outdated) return loading.catch((error: unknown) => excused(error, lastKnown));
    const answered = new AbortController();
    const late = this.#options.sleep(PATIENCE_MS, answered.signal).then(() => {
      if (!answered.signal.aborted) this.#pause(entry);
      return lastKnown;
    });
    try {
      return await Promise.race([loading, late]);
    } catch {
      this.#pause(entry);
      return lastKnown;
    } finally {
      answered.abort();
    }
  }

  #pause(entry: Entry<V>): void {
    entry.pausedUntil = this.#options.monotonic() + this.#options.maxAge;
  }
}

/** Only a database that is lost excuses a value that is known to be outdated. */
const excused = <V>(error: unknown, lastKnown: V): V => {
  if (!isDependencyLost(error)) throw error;
  return lastKnown;
};

const newEntry = <V>(): Entry<V> => ({
  known: undefined,
  outdated: false,
  outdatedAt: -Infinity,
  loading: undefined,
  pausedUntil: -Infinity,
});
