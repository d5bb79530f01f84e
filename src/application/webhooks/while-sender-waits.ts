import type { Sleep } from '../../domain/shared/clock.ts';

/** Milliseconds: within a second a sender is told that the database is unavailable. */
const PATIENCE_MS = 900;
/**
 * Turns of the event loop that are added to it. A process that was stalled may find its timer expired before it has
 * read an answer that has already arrived, which takes several turns on a new connection. Without one they pass in
 * milliseconds.
 */
const TURNS_OF_GRACE = 8;

export const LATE = Symbol('late');

/** The database's answer to a question about a delivery, or `LATE` when the sender cannot wait any longer. */
export const whileSenderWaits = async <A>(work: Promise<A>, sleep: Sleep): Promise<A | typeof LATE> => {
  const settled = new AbortController();
  // Nobody is left to be told of a failure after the time-out.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late(sleep, settled.signal)]);
  } finally {
    // An explicit reason saves creating a DOMException for each delivery.
    settled.abort(LATE);
  }
};

const late = async (sleep: Sleep, settled: AbortSignal): Promise<typeof LATE> => {
  await sleep(PATIENCE_MS, settled);
  for (let turn = 0; turn < TURNS_OF_GRACE && !settled.aborted; turn += 1) await sleep(0, settled);
  return LATE;
};
