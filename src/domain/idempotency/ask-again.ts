/** Most writes have ended after this time. */
const ASK_AGAIN_MS = 1_000;

/**
 * Milliseconds to put into `Retry-After` for a key whose lease has `leftMs` left. A living holder renews its lease long
 * before half of it is over, so with less left the holder is most probably dead, and nobody gets the key before the
 * lease expires. Callers that retry only a few times would otherwise give up before that.
 */
export const askAgainMs = (leftMs: number, leaseMs: number): number =>
  leftMs > leaseMs / 2 ? ASK_AGAIN_MS : Math.max(ASK_AGAIN_MS, Math.ceil(leftMs));
