import type { Sleep } from '../../../domain/shared/clock.ts';

type Deps = {
  /** Rejects when there is no answer in time. */
  readonly ping: () => Promise<unknown>;
  readonly onAnswer: () => void;
  readonly sleep: Sleep;
};

const PROBE_EVERY_MS = 1_000;
/** Doubles with each unanswered ping, up to `PROBE_EVERY_MS`, so that Redis is used again soon after a short pause. */
const FIRST_PROBE_MS = 25;

/** Pings Redis, one ping at a time, until it is closed. */
export class RedisProbe {
  readonly #deps: Deps;
  readonly #stop = new AbortController();
  #napping = new AbortController();

  constructor(deps: Deps) {
    this.#deps = deps;
    void this.#untilStopped();
  }

  /** Pings at once, because something happened that may have changed the answer. */
  hurry(): void {
    this.#napping.abort();
  }

  close(): void {
    this.#stop.abort();
    this.#napping.abort();
  }

  async #untilStopped(): Promise<void> {
    const { signal } = this.#stop;
    const { ping, onAnswer, sleep } = this.#deps;
    for (let misses = 1; ;) {
      this.#napping = new AbortController();
      const pauseMs = misses === 0 ? PROBE_EVERY_MS : FIRST_PROBE_MS * 2 ** misses;
      await sleep(Math.min(PROBE_EVERY_MS, pauseMs), this.#napping.signal);
      if (signal.aborted) return;
      const isAnswered = await ping().then(
        () => true,
        () => false,
      );
      if (signal.aborted) return;
      misses = isAnswered ? 0 : misses + 1;
      if (isAnswered) onAnswer();
    }
  }
}
