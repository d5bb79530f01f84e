/** Most writes are over by then. */
const ASK_AGAIN_MS = 1_000;

/**
 * Milliseconds after which it is worth asking again for a key whose lease has so much left. A living holder renews its
 * lease long before half of it is over. So with less left it is most probably dead, and nobody gets the key before the
 * lease runs out: callers who ask only a few times would have given up by then.
 */
export const askAgainMs = (leftMs: number, leaseMs: number): number =>
  leftMs > leaseMs / 2 ? ASK_AGAIN_MS : Math.max(ASK_AGAIN_MS, Math.ceil(leftMs));
