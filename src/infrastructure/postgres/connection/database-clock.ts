import type { Pool } from 'pg';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { answeredSoon } from '../../system/answered-soon.ts';

type Deps = {
  readonly database: { readonly pool: Pick<Pool, 'query'> };
  /** The clock of this process; its wall clock is used only until the database was asked. */
  readonly clock: Clock;
  readonly sleep: Sleep;
};

/** Bounds for the difference between the database's clock and our monotonic one. */
type Bounds = { readonly low: number; readonly high: number };

/** The most by which clocks of two machines drift apart: 200 parts per million, four times what quartz does. */
const DRIFT = 200e-6;

const LOOKS = 4;
/** An answer that takes longer would say little. */
const LONGEST_LOOK_MS = 1_000;

/**
 * One clock for all replicas, whatever their own ones show: that of PostgreSQL. It is read at some moment between a
 * question and its answer, which gives a lower and an upper bound; these drift apart until the next question. Entries
 * are dated by the lower bound and purges by the upper one, so that no entry loaded before a purge is ever dated after
 * it.
 */
export class DatabaseClock implements Clock {
  readonly #deps: Deps;
  #bounds: Bounds;
  #asOf: number;
  #isFirst = true;

  constructor(deps: Deps) {
    const { clock } = deps;
    this.#deps = deps;
    this.#asOf = clock.monotonic();
    const difference = clock.now() - this.#asOf;
    this.#bounds = { low: difference, high: difference };
  }

  /** Epoch milliseconds: the database's time is not earlier. */
  readonly now = (): number => {
    const monotonic = this.#deps.clock.monotonic();
    return Math.floor(this.#bounds.low - DRIFT * (monotonic - this.#asOf) + monotonic);
  };

  /** Epoch milliseconds: the database's time is not later. */
  readonly latest = (): number => {
    const monotonic = this.#deps.clock.monotonic();
    return Math.ceil(this.#bounds.high + DRIFT * (monotonic - this.#asOf) + monotonic);
  };

  /**
   * Resolves when the database's time is certainly later: within milliseconds, or at once after a jump of the clock.
   */
  readonly passed = async (epochMs: number): Promise<void> => {
    const waitMs = epochMs - this.now();
    // One millisecond for rounding, and one for the drift meanwhile.
    if (waitMs >= 0 && waitMs <= LONGEST_LOOK_MS) await this.#deps.sleep(waitMs + 2);
  };

  readonly monotonic = (): number => this.#deps.clock.monotonic();

  /** Milliseconds by which this machine's wall clock was ahead at the last comparison; undefined before the first. */
  readonly ownAhead = (): number | undefined => {
    if (this.#isFirst) return undefined;
    const { clock } = this.#deps;
    return clock.now() - clock.monotonic() - (this.#bounds.low + this.#bounds.high) / 2;
  };

  /**
   * Compares the clocks; to be called every few seconds. The best of several attempts counts, since some wait for a
   * connection or a core.
   */
  async look(): Promise<void> {
    for (let look = 0; look < LOOKS; look += 1) if (!(await this.#lookOnce())) return;
  }

  /** False if the database does not answer: the known bounds stay in use. */
  async #lookOnce(): Promise<boolean> {
    const asked = this.monotonic();
    const { sleep } = this.#deps;
    const at = await answeredSoon(() => this.#databaseTime(), { sleep, withinMs: LONGEST_LOOK_MS });
    if (at === undefined) return false;
    const answered = this.monotonic();
    const seen = { low: at - answered, high: at - asked };
    this.#bounds = this.#isFirst ? seen : both(this.#widened(answered), seen);
    this.#isFirst = false;
    this.#asOf = answered;
    return true;
  }

  #widened(monotonic: number): Bounds {
    const drift = DRIFT * (monotonic - this.#asOf);
    return { low: this.#bounds.low - drift, high: this.#bounds.high + drift };
  }

  async #databaseTime(): Promise<number | undefined> {
    const text = 'select extract(epoch from clock_timestamp())::float8 * 1000 as now';
    const { rows } = await this.#deps.database.pool.query<{ now: number }>(text);
    return rows[0]?.now;
  }
}

/**
 * The intersection of both. If it is empty, a clock was set or another server answers, and the newer bounds are right.
 */
const both = (known: Bounds, seen: Bounds): Bounds => {
  const low = Math.max(known.low, seen.low);
  const high = Math.min(known.high, seen.high);
  return low <= high ? { low, high } : seen;
};
