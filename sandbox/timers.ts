/** Holds every timer of the sandbox, so that stopping leaves none behind. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  after(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      run();
    }, milliseconds);
    this.#pending.add(timer);
  }

  /** Runs until the returned function is called. */
  every(milliseconds: number, run: () => void): () => void {
    const timer = setInterval(run, milliseconds);
    this.#pending.add(timer);
    return () => {
      clearInterval(timer);
      this.#pending.delete(timer);
    };
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
