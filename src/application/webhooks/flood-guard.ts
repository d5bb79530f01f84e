/**
 * Counts refusals in this process by a subject that the caller names (a client address, or a webhook and an address).
 * Evicts the least recent subject when there are too many.
 */
export type FloodGuard = {
  readonly failed: (subject: string) => void;
  /** Milliseconds until the subject may fail again; undefined: now. */
  readonly waitOf: (subject: string) => number | undefined;
};
