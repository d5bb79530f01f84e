import { LRUCache } from 'lru-cache';
import type { Sleep } from '../../domain/shared/clock.ts';
import { isDependencyLost } from './dependency-lost.ts';

type Known<V> = { readonly value: V; readonly loadedAt: number };
type Entry<V> = {
  known: Known<V> | undefined;
  /** It has to be loaded again: `known` serves only while the database is away. */
  outdated: boolean;
  /** When it was last marked so: only a load that began later is newer. */
  readonly outdatedAt: number;
  loading: Promise<V> | undefined;
  /** Until then the known value is served although it is too old, since the database was asked and did not answer. */
  pausedUntil: number;
};

export type Loaded<V> = { readonly values: ReadonlyMap<string, V>; readonly isComplete: boolean };

export type SnapshotCacheOptions<V> = {
  readonly load: (key: string) => Promise<V>;
  /** Milliseconds from the start of a load: no older value is served, unless the database is away. */
  readonly maxAge: number;
  /** How many keys are kept; the least recently used is dropped first. */
  readonly maxKeys: number;
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  /** Whether the database is known to be away: then nothing is loaded, and a known value is served without a wait. */
  readonly isAway?: () => boolean;
};

/** Milliseconds a caller waits for the database when an older value is at hand. */
const PATIENCE_MS = 300;
/**
 * Milliseconds a caller waits for the database when there is no older value: on a busy machine a connection is
 * sometimes lost or late, and the database seems away for a moment. Writes must get their 503 within a second.
 */
const MOMENT_MS = 800;
const LOOK_AGAIN_MS = 100;
/** A night without its database. Beyond that, revocations made elsewhere would go unseen for too long. */
const LONGEST_AWAY_MS = 12 * 3_600_000;

/**
 * A cache of values that may be a moment old, with one load at a time per key. When a load fails or takes too long, the
 * last known value is served, for twelve hours at most; for an unknown key it rejects, after 0.8 s if the database is
 * lost.
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
    // While nothing can be loaded, an unknown key must not push out a known one.
    if (found === undefined && !this.#isAway()) this.#entries.set(key, entry);
    entry.loading ??= this.#load(key, entry);
    return known === undefined ? entry.loading : this.#orLastKnown(entry.loading, entry, known.value);
  }

  /**
   * The next `get` loads again, and the result of a load under way is not kept. The value known so far is served only
   * if the database goes away before.
   */
  outdate(key: string): void {
    const known = this.#entries.peek(key)?.known;
    const outdatedAt = this.#options.monotonic();
    // Also for an unknown key, which may be among those that a refresh is just loading.
    this.#entries.set(key, { ...newEntry<V>(), known, outdated: true, outdatedAt });
  }

  forgetAll(): void {
    this.#generation += 1;
    this.#entries.clear();
  }

  /**
   * Loads all values at once, including keys that nobody has asked for here, so that an outage finds recent ones.
   * Without `isComplete` there are more keys than were loaded.
   */
  async refresh(loadAll: () => Promise<Loaded<V>>): Promise<void> {
    const loadedAt = this.#options.monotonic();
    const generation = this.#generation;
    const { values, isComplete } = await loadAll();
    if (generation !== this.#generation) return;
    if (isComplete) this.#dropOthers(values, loadedAt);
    for (const [key, value] of values) this.#renew(key, { value, loadedAt });
  }

  /** Done first, to make room: callers may have asked for any number of keys that do not exist. */
  #dropOthers(values: ReadonlyMap<string, V>, loadedAt: number): void {
    for (const [key, { known }] of this.#entries.entries())
      if (!values.has(key) && known !== undefined && known.loadedAt < loadedAt) this.#entries.delete(key);
  }

  /** Replaces neither newer values nor any that were outdated meanwhile. */
  #renew(key: string, known: Known<V>): void {
    const entry = this.#entries.peek(key);
    if (entry === undefined) {
      // Keys that nobody uses must not push out those in use.
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

/** A value known to be outdated may be served only if the database is lost. */
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
