/** Source of time. Injected everywhere, so that tests never have to wait. */
export type Clock = {
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds, for durations only. */
  readonly monotonic: () => number;
};

/** A one-shot delay on the injected clock. Resolves early, without an error, when `signal` aborts. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** Source of time-ordered unique ids (UUID version 7): rows created together are neighbours in an index. */
export type IdSource = { readonly uuid: () => string };

/** Uniform in [0, 1). Used for jitter only, never for secrets. */
export type Random = () => number;
