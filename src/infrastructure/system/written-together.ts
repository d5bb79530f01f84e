type Options<T> = {
  /** Writes all items. A rejection is passed to `onFailed`, and the items are written again later. */
  readonly write: (items: readonly T[]) => Promise<void>;
  readonly onFailed: (error: unknown, waiting: number) => void;
  readonly onWritten?: () => void;
  /** Milliseconds an item waits for others. */
  readonly delayMs?: number;
  /** Beyond this number the oldest items are dropped. */
  readonly mostWaiting?: number;
};

const DELAY_MS = 100;
const DELAY_AFTER_FAILURE_MS = 2_000;
const MOST_WAITING = 10_000;

/** Writes items that need not be durable at once: soon, together, one batch at a time. */
export class WrittenTogether<T> {
  readonly #options: Required<Options<T>>;
  #isWriting = false;
  #waiting: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: Options<T>) {
    this.#options = { delayMs: DELAY_MS, mostWaiting: MOST_WAITING, onWritten: () => undefined, ...options };
  }

  add(item: T): void {
    this.#waiting.push(item);
    if (this.#waiting.length > this.#options.mostWaiting) this.#waiting.shift();
    this.#planIn(this.#options.delayMs);
  }

  /** Resolves when the items present were written, or failed to be. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeWaiting());
    return this.#writing;
  }

  #planIn(ms: number): void {
    // How long to wait is known only when the write before has ended.
    if (this.#isWriting) return;
    // Must not keep the process alive, which flushes before it ends.
    this.#timer ??= setTimeout(() => void this.flush(), ms).unref();
  }

  async #writeWaiting(): Promise<void> {
    const items = this.#waiting;
    if (items.length === 0) return;
    this.#waiting = [];
    this.#isWriting = true;
    const isWritten = await this.#write(items);
    this.#isWriting = false;
    if (this.#waiting.length > 0) this.#planIn(isWritten ? this.#options.delayMs : DELAY_AFTER_FAILURE_MS);
  }

  async #write(items: T[]): Promise<boolean> {
    const { write, onFailed, onWritten, mostWaiting } = this.#options;
    try {
      await write(items);
      onWritten();
      return true;
    } catch (error) {
      this.#waiting = [...items, ...this.#waiting].slice(-mostWaiting);
      onFailed(error, this.#waiting.length);
      return false;
    }
  }
}
