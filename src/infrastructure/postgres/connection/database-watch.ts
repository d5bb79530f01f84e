import type { Pool } from 'pg';
import type { Clock, Random, Sleep } from '../../../domain/shared/clock.ts';
import { DatabaseAway } from './database-away.ts';
import type { DatabaseProbe, ProbeOutcome } from './database-probe.ts';
import { furtherReasons } from '../../telemetry/further-reasons.ts';
import { WatchedSockets } from './watched-sockets.ts';

export type DatabaseWatchDeps = {
  readonly probe: DatabaseProbe;
  readonly monotonic: Clock['monotonic'];
  readonly sleep: Sleep;
  readonly random: Random;
  /** Called once for each change. */
  readonly onAway: (code: string) => void;
  /** Still away, for a new reason; each reason once. */
  readonly onFurther: (code: string) => void;
  readonly onBack: (awayMs: number) => void;
};

/** The part that others may see. */
export type DatabaseState = { readonly isAway: () => boolean };

type CountedPool = Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'>;

/** Milliseconds between probes. A loss is known within the first plus the probe's own time-out: well under a second. */
const WHILE_BUSY_MS = 200;
const WHILE_IDLE_MS = 5_000;
/** Pause after a lost connection before the next probe, since connections are lost in crowds. */
const SHORTEST_MS = 50;

/**
 * Knows whether PostgreSQL answers. While anybody waits for the database it is probed, one probe at a time. When it is
 * gone, or silent to everybody, all waits end at once, and nobody begins to wait until it is back. A slow statement is
 * no loss: its caller goes on waiting.
 */
export class DatabaseWatch implements DatabaseState {
  readonly #deps: DatabaseWatchDeps;
  readonly #pools: CountedPool[] = [];
  readonly #listeners: (() => void)[] = [];
  readonly #stopping = new AbortController();
  #rest = new AbortController();
  #away: { readonly since: number; readonly code: string } | undefined;
  #running: Promise<void> | undefined;
  readonly #reasons = furtherReasons();
  /** For the option `stream` of the pools that are watched. */
  readonly sockets = new WatchedSockets(() => this.#rest.abort('lost'));

  constructor(deps: DatabaseWatchDeps) {
    this.#deps = deps;
  }

  readonly isAway = (): boolean => this.#away !== undefined;

  watch(pool: CountedPool): void {
    this.#pools.push(pool);
  }

  /** Called after each change of `isAway`. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    this.#running ??= this.#watchUntilStopped();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#rest.abort();
    await this.#running;
    this.#deps.probe.close();
  }

  async #watchUntilStopped(): Promise<void> {
    for (let quietSince = this.#deps.monotonic(); ;) {
      const lost = await this.#rested();
      if (this.#stopping.signal.aborted) return;
      const now = this.#deps.monotonic();
      if (!lost && !this.isAway() && !this.#isBusy() && now - quietSince < WHILE_IDLE_MS) continue;
      quietSince = now;
      await this.#look();
    }
  }

  /** True when a connection was lost meanwhile. */
  async #rested(): Promise<boolean> {
    const { sleep, random } = this.#deps;
    await sleep(SHORTEST_MS, this.#stopping.signal);
    const { signal } = this.#rest;
    await sleep(WHILE_BUSY_MS * (0.6 + 0.4 * random()) - SHORTEST_MS, signal);
    if (signal.aborted && !this.#stopping.signal.aborted) this.#rest = new AbortController();
    return signal.aborted;
  }

  #isBusy(): boolean {
    return this.#pools.some(
      ({ totalCount, idleCount, waitingCount }) => totalCount > idleCount || waitingCount > 0,
    );
  }

  async #look(): Promise<void> {
    for (;;) {
      const heard = this.sockets.bytesRead;
      const outcome = await this.#deps.probe.ask();
      if (this.#stopping.signal.aborted) return;
      if (outcome.kind === 'answers') return this.#note(undefined);
      if (outcome.kind === 'refused' || this.isAway() || this.sockets.bytesRead === heard)
        return this.#note(outcome);
      // Somebody else got an answer while the probe did not: the server is slow, or has only just stopped. Ask again.
    }
  }

  #note(loss: Exclude<ProbeOutcome, { kind: 'answers' }> | undefined): void {
    const { onAway, onFurther, onBack, monotonic } = this.#deps;
    const before = this.#away;
    if (loss?.code === before?.code) return;
    if (loss !== undefined) {
      this.#away = { since: before?.since ?? monotonic(), code: loss.code };
      this.sockets.refuse(new DatabaseAway(loss.code));
      const isNews = this.#reasons.isNews(loss.code);
      if (before !== undefined) return isNews ? onFurther(loss.code) : undefined;
      onAway(loss.code);
    } else {
      this.#away = undefined;
      this.#reasons.forget();
      this.sockets.admit();
      onBack(Math.round(monotonic() - (before?.since ?? 0)));
    }
    for (const tell of this.#listeners) tell();
  }
}
