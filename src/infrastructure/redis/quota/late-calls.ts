import type { Sleep } from '../../../domain/shared/clock.ts';
import type { HeldShare } from './held-share.ts';
import type { QuotaCaller } from './quota-caller.ts';

export type LateCall = {
  readonly shares: readonly HeldShare[];
  /** As of when it is counted, for each share. */
  readonly from: readonly number[];
  readonly cost: number;
};

type Deps = {
  readonly caller: Pick<QuotaCaller, 'ask'>;
  readonly isInTouch: () => boolean;
  readonly sleep: Sleep;
  readonly monotonic: () => number;
};

type Untold = LateCall & { readonly since: number };

const AGAIN_AFTER_MS = 500;
const AT_ONCE = 32;
/** By then they have left the minute's window, and in longer ones so short a delay does not matter. */
const FORGOTTEN_AFTER_MS = 60_000;
const MOST_UNTOLD = 10_000;

/**
 * Tells Redis of calls that arrived late at their provider, until Redis has heard: what slows the provider may slow
 * Redis too, and a replica that is out of touch for a moment keeps what Redis counts for it. Telling twice does no
 * harm, since the second time moves a unit that came later.
 */
export class LateCalls {
  readonly #deps: Deps;
  readonly #stop = new AbortController();
  #untold: Untold[] = [];
  #isTelling = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  add(call: LateCall): void {
    if (this.#untold.length >= MOST_UNTOLD) this.#untold.shift();
    this.#untold.push({ ...call, since: this.#deps.monotonic() });
    if (!this.#isTelling) void this.#tellAll();
  }

  close(): void {
    this.#stop.abort();
  }

  async #tellAll(): Promise<void> {
    const { isInTouch, sleep, monotonic } = this.#deps;
    const { signal } = this.#stop;
    this.#isTelling = true;
    while (this.#untold.length > 0 && !signal.aborted) {
      const unheard = isInTouch() ? await this.#tell(this.#untold.splice(0, AT_ONCE)) : [];
      const young = monotonic() - FORGOTTEN_AFTER_MS;
      this.#untold = [...unheard, ...this.#untold].filter(({ since }) => since > young);
      if (unheard.length > 0 || !isInTouch()) await sleep(AGAIN_AFTER_MS, signal);
    }
    this.#isTelling = false;
  }

  async #tell(calls: readonly Untold[]): Promise<readonly Untold[]> {
    const heard = await Promise.all(
      calls.map(({ shares, cost, from }) =>
        this.#deps.caller.ask('delay', shares, cost, { from }).then(
          () => true,
          () => false,
        ),
      ),
    );
    return calls.filter((_, index) => heard[index] === false);
  }
}
