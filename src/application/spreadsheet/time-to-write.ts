/** Milliseconds in which a write is usually answered. */
const USUAL_MS = 500;

/**
 * Milliseconds of a caller's time to reserve for the write itself; the lease is not awaited beyond that. The lease is
 * granted in order of request, so under overload it always comes to the caller that has waited longest. If that caller
 * had hardly any time left, its outcome would become unknown and delay the next writer as well, until nothing is
 * written any more (ADR 24). A caller that does not get the lease knows that nothing was sent.
 */
export const timeToWrite = (ms: number): number => Math.min(USUAL_MS, ms / 2);
