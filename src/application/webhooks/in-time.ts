import type { Sleep } from '../../domain/shared/clock.ts';

/** Milliseconds: a sender is told within a second that there is no database. */
const LOOKUP_PATIENCE = 900;

export const LATE = Symbol('late');

/** What the lookup of a webhook brings, or that it takes too long. */
export const inTime = async <A>(work: Promise<A>, sleep: Sleep): Promise<A | typeof LATE> => {
  const settled = new AbortController();
  // A loss that comes after the answer has nobody to tell.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, sleep(LOOKUP_PATIENCE, settled.signal).then((): typeof LATE => LATE)]);
  } finally {
    // A reason of its own spares the making of a DOMException for each delivery.
    settled.abort(LATE);
  }
};
