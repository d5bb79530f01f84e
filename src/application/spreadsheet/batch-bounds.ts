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

export const takeBatch = (waiting: WaitingAppend[]): readonly WaitingAppend[] =>
  waiting.splice(0, fitting(waiting));
