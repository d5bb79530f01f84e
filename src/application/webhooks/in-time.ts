import type { Sleep } from '../../domain/shared/clock.ts';

/** Milliseconds: a sender is told within a second that there is no database. */
const LOOKUP_PATIENCE = 900;
/**
 * Turns of the event loop after that: of a process that was held up the time may be over although the database is
 * there, and on a new connection an answer takes some turns. Otherwise they are over in milliseconds.
 */
const TURNS_OF_GRACE = 8;

export const LATE = Symbol('late');

/** What the lookup of a webhook brings, or that it takes too long. */
export const inTime = async <A>(work: Promise<A>, sleep: Sleep): Promise<A | typeof LATE> => {
  const settled = new AbortController();
  // A loss that comes after the answer has nobody to tell.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late(sleep, settled.signal)]);
  } finally {
    // A reason of its own spares the making of a DOMException for each delivery.
    settled.abort(LATE);
  }
};

const late = async (sleep: Sleep, settled: AbortSignal): Promise<typeof LATE> => {
  await sleep(LOOKUP_PATIENCE, settled);
  for (let turn = 0; turn < TURNS_OF_GRACE && !settled.aborted; turn += 1) await sleep(0, settled);
  return LATE;
};
