/** Most writes are over by then. */
const ASK_AGAIN_MS = 1_000;

/**
 * Milliseconds after which it is worth asking again for a key whose lease has so much left. Who is at it renews the
 * lease long before half of it is over. Who has not is dead, most probably, and nobody else gets the key before the
 * lease runs out: callers who ask a few times only would have given up by then.
 */
export const askAgainMs = (leftMs: number, leaseMs: number): number =>
  leftMs > leaseMs / 2 ? ASK_AGAIN_MS : Math.max(ASK_AGAIN_MS, Math.ceil(leftMs));
