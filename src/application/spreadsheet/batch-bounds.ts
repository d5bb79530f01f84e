import type { WaitingAppend } from './waiting-append.ts';

/** Google recommends 2 MB a request; the rest keeps one call within its time. */
const MOST_CALLERS = 500;
const MOST_ROWS = 10_000;
const MOST_BYTES = 2_000_000;

/** How many of the first ones fit into one call; one that is too large alone goes alone. */
const fitting = (waiting: readonly WaitingAppend[]): number => {
  let rows = 0;
  let bytes = 0;
  for (const [place, one] of waiting.entries()) {
    rows += one.rows;
    bytes += one.bytes;
    if (place > 0 && (place === MOST_CALLERS || rows > MOST_ROWS || bytes > MOST_BYTES)) return place;
  }
  return waiting.length;
};

/** One call is filled: there is nothing to wait for. */
export const isFull = (waiting: readonly WaitingAppend[]): boolean =>
  waiting.length >= MOST_CALLERS || fitting(waiting) < waiting.length;

/** Who would go along if a call left now, in their order. */
export const nextBatch = (waiting: readonly WaitingAppend[]): readonly WaitingAppend[] =>
  waiting.slice(0, fitting(waiting));

/** Those of them who have paid: who came since waits for the next call. */
export const takeBatch = (waiting: WaitingAppend[]): readonly WaitingAppend[] => {
  const unpaid = waiting.findIndex((one) => !one.isPaid());
  return waiting.splice(0, unpaid < 0 ? fitting(waiting) : Math.min(unpaid, fitting(waiting)));
};
