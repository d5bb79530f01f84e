import { Waiters } from './waiters.ts';

/** Whether the broker, short of memory or disk, has said that it reads nothing from us until it says otherwise. */
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

  /** With its connection: of the next one nothing is known yet. */
  forget(): void {
    this.#isOn = false;
  }

  onEnd(listener: () => void): void {
    this.#ended.add(listener);
  }

  /** Resolves when it is on, or when `signal` aborts. */
  whenOn(signal: AbortSignal): Promise<void> {
    return this.#waiters.wait(this.#isOn, signal);
  }
}
