/**
 * Counts refusals in this process, by what the caller names: an address, a webhook and an address. Forgets the
 * least recent when there are too many to count.
 */
export type FloodGuard = {
  readonly failed: (subject: string) => void;
  /** Milliseconds until the subject may fail again; undefined: it may now. */
  readonly waitOf: (subject: string) => number | undefined;
};
