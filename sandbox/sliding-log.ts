/** The exact costs within a trailing window, one entry for each call, without rounding into buckets. */
export class SlidingLog {
  readonly #windowMs: number;
  #times: number[] = [];
  #costs: number[] = [];
  #head = 0;
  #total = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Costs added in (now - window, now]. */
  total(now: number): number {
    while (this.#head < this.#times.length && (this.#times[this.#head] ?? 0) <= now - this.#windowMs) {
      this.#total -= this.#costs[this.#head] ?? 0;
      this.#head += 1;
    }
    // Moving the remaining entries costs as much as reading those before them: amortised constant time for each call.
    if (this.#head > 1024 && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#costs = this.#costs.slice(this.#head);
      this.#head = 0;
    }
    return this.#total;
  }

  add(now: number, cost: number): void {
    this.#times.push(now);
    this.#costs.push(cost);
    this.#total += cost;
  }
}
