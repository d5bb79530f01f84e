import type { Sleep } from '../../domain/shared/clock.ts';

/** A sender is told within a second that there is no database. */
const PATIENCE_MS = 900;
/**
 * Turns of the event loop after that. A process that was held up finds its time over before it has read an answer that
 * is there, which on a new connection takes it some turns; where none is, they are over in milliseconds.
 */
const TURNS_OF_GRACE = 8;

export const LATE = Symbol('late');

/** The answer of the database to a question about a delivery, or `LATE` when the sender cannot wait any longer. */
export const whileSenderWaits = async <A>(work: Promise<A>, sleep: Sleep): Promise<A | typeof LATE> => {
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
  await sleep(PATIENCE_MS, settled);
  for (let turn = 0; turn < TURNS_OF_GRACE && !settled.aborted; turn += 1) await sleep(0, settled);
  return LATE;
};
