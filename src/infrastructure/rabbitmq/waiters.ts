/** Callers that wait for some condition, each with a signal that ends its wait. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves when `tell` is called, when `signal` aborts, or at once if `isSo` already. */
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
