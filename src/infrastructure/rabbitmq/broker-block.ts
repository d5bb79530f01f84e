import { Waiters } from './waiters.ts';

/**
 * Whether the broker has sent `connection.blocked`: short of memory or disk, it reads nothing that we publish until it
 * unblocks us (backpressure).
 */
export class BrokerBlock {
  #isOn = false;
  readonly #ended = new Set<() => void>();
  readonly #waiters = new Waiters();

  get isOn(): boolean {
    return this.#isOn;
  }

  begin(): void {
    this.#isOn = true;
    this.#waiters.tell();
  }

  end(): void {
    this.#isOn = false;
    for (const tell of this.#ended) tell();
  }

  /** Called when the connection is lost: nothing is known about the next one yet. */
  forget(): void {
    this.#isOn = false;
  }

  onEnd(listener: () => void): void {
    this.#ended.add(listener);
  }

  /** Resolves when the broker blocks us, or when `signal` aborts. */
  whenOn(signal: AbortSignal): Promise<void> {
    return this.#waiters.wait(this.#isOn, signal);
  }
}
