import { Timers } from '../../../../sandbox/timers.ts';

/** Timers that run when the test says so, in the order they were set. */
export class HeldTimers extends Timers {
  #held: (() => void)[] = [];

  override after(_milliseconds: number, run: () => void): void {
    this.#held.push(run);
  }

  get held(): number {
    return this.#held.length;
  }

  release(count = this.#held.length): void {
    for (const run of this.#held.splice(0, count)) run();
  }

  override clear(): void {
    super.clear();
    this.#held = [];
  }
}
