/** Where time comes from. Injected everywhere, so that tests never wait for it. */
export type Clock = {
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds, for durations only. */
  readonly monotonic: () => number;
};

/** A one-shot wait that follows the injected clock. Resolves early, without error, when `signal` aborts. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** Time-ordered unique ids (UUID version 7): rows of one moment lie together in an index. */
export type IdSource = { readonly uuid: () => string };

/** Uniform in [0, 1). Used for jitter only, never for secrets. */
export type Random = () => number;
