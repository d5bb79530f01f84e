import type { Sleep } from '../../../domain/shared/clock.ts';
import type { HeldShare } from './held-share.ts';
import type { QuotaCaller } from './quota-caller.ts';

export type LateCall = {
  readonly shares: readonly HeldShare[];
  /** For each share, the time as of which the call was counted. */
  readonly from: readonly number[];
  readonly cost: number;
};

type Deps = {
  readonly caller: Pick<QuotaCaller, 'ask'>;
  readonly isInTouch: () => boolean;
  readonly sleep: Sleep;
  readonly monotonic: () => number;
};

type Unreported = LateCall & { readonly since: number };

const AGAIN_AFTER_MS = 500;
const AT_ONCE = 32;
/** By then the call has left the minute's window, and in longer windows so short a delay does not matter. */
const FORGOTTEN_AFTER_MS = 60_000;
const MOST_UNREPORTED = 10_000;

/**
 * Reports calls that reached their provider late to Redis, and repeats it until Redis has answered: what slows the
 * provider down may slow Redis down too, and while this replica is out of touch Redis keeps its counts. A repeated
 * report does no harm: it moves the units of a later call instead.
 */
export class LateCalls {
  readonly #deps: Deps;
  readonly #stop = new AbortController();
  #unreported: Unreported[] = [];
  #isReporting = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  add(call: LateCall): void {
    if (this.#unreported.length >= MOST_UNREPORTED) this.#unreported.shift();
    this.#unreported.push({ ...call, since: this.#deps.monotonic() });
    if (!this.#isReporting) void this.#reportAll();
  }

  close(): void {
    this.#stop.abort();
  }

  async #reportAll(): Promise<void> {
    const { isInTouch, sleep, monotonic } = this.#deps;
    const { signal } = this.#stop;
    this.#isReporting = true;
    while (this.#unreported.length > 0 && !signal.aborted) {
      const failed = isInTouch() ? await this.#report(this.#unreported.splice(0, AT_ONCE)) : [];
      const young = monotonic() - FORGOTTEN_AFTER_MS;
      this.#unreported = [...failed, ...this.#unreported].filter(({ since }) => since > young);
      if (failed.length > 0 || !isInTouch()) await sleep(AGAIN_AFTER_MS, signal);
    }
    this.#isReporting = false;
  }

  async #report(calls: readonly Unreported[]): Promise<readonly Unreported[]> {
    const delivered = await Promise.all(
      calls.map(({ shares, cost, from }) =>
        this.#deps.caller.ask('delay', shares, cost, { from }).then(
          () => true,
          () => false,
        ),
      ),
    );
    return calls.filter((_, index) => delivered[index] === false);
  }
}
