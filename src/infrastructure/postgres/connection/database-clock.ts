import type { Pool } from 'pg';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { answeredSoon } from '../../system/answered-soon.ts';

type Deps = {
  readonly database: { readonly pool: Pick<Pool, 'query'> };
  /** The process's own; of its wall clock nothing is used once the database was asked. */
  readonly clock: Clock;
  readonly sleep: Sleep;
};

/** What is added to the monotonic clock to get the database's, as far as it is known. */
type Bounds = { readonly low: number; readonly high: number };

/** How much two clocks of machines may come apart: 200 millionths, four times what quartz does. */
const DRIFT = 200e-6;

const LOOKS = 4;
/** An answer that took longer would say little. */
const LONGEST_LOOK_MS = 1_000;

/**
 * One clock for all replicas, whatever their own ones say: PostgreSQL's. A question and its answer enclose the moment
 * at which the database looked at its clock; what is known is kept between such bounds, which drift apart until the
 * next look. Entries are dated by the lower bound and purges by the upper one, so that no entry loaded before a purge
 * is ever dated after it.
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

  /** Epoch milliseconds: it is not earlier. */
  readonly now = (): number => {
    const monotonic = this.#deps.clock.monotonic();
    return Math.floor(this.#bounds.low - DRIFT * (monotonic - this.#asOf) + monotonic);
  };

  /** Epoch milliseconds: it is not later. */
  readonly latest = (): number => {
    const monotonic = this.#deps.clock.monotonic();
    return Math.ceil(this.#bounds.high + DRIFT * (monotonic - this.#asOf) + monotonic);
  };

  /** Resolves when it is certain to be later: in milliseconds, or at once where another clock has come in between. */
  readonly passed = async (epochMs: number): Promise<void> => {
    const waitMs = epochMs - this.now();
    // One for what is rounded off, and one for the drift meanwhile.
    if (waitMs >= 0 && waitMs <= LONGEST_LOOK_MS) await this.#deps.sleep(waitMs + 2);
  };

  readonly monotonic = (): number => this.#deps.clock.monotonic();

  /** Milliseconds that the process's wall clock is ahead of it, as of the last look; undefined: there was none yet. */
  readonly ownAhead = (): number | undefined => {
    if (this.#isFirst) return undefined;
    const { clock } = this.#deps;
    return clock.now() - clock.monotonic() - (this.#bounds.low + this.#bounds.high) / 2;
  };

  /** To be called every few seconds. The best of several looks counts, since some wait for a connection or a core. */
  async look(): Promise<void> {
    for (let look = 0; look < LOOKS; look += 1) if (!(await this.#lookOnce())) return;
  }

  /** False without the database: what is known goes on counting. */
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

/** What both allow. Nothing: a clock was set, or another server answers; then the newer one is right. */
const both = (known: Bounds, seen: Bounds): Bounds => {
  const low = Math.max(known.low, seen.low);
  const high = Math.min(known.high, seen.high);
  return low <= high ? { low, high } : seen;
};
