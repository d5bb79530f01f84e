/** Those who wait until something comes about, each with a signal that ends its waiting. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves when all are told, or when `signal` aborts; at once where it `isSo` already. */
  wait(isSo: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (isSo || signal.aborted) return resolve();
      const told = (): void => {
        this.#waiting.delete(told);
        signal.removeEventListener('abort', told);
        resolve();
      };
      this.#waiting.add(told);
      signal.addEventListener('abort', told, { once: true });
    });
  }

  tell(): void {
    for (const told of this.#waiting) told();
  }
}
