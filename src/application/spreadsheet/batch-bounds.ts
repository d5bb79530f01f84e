import type { WaitingAppend } from './waiting-append.ts';

/** Google recommends at most 2 MB per request. The other two limits keep one request within its time. */
const MOST_CALLERS = 500;
const MOST_ROWS = 10_000;
const MOST_BYTES = 2_000_000;

/** How many of the first appends fit into one request. An append that is too large by itself is sent alone. */
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

/** A whole request is filled, so there is nothing to wait for. */
export const isFull = (waiting: readonly WaitingAppend[]): boolean =>
  waiting.length >= MOST_CALLERS || fitting(waiting) < waiting.length;

/** The appends that would be sent if a request left now, in order. */
export const nextBatch = (waiting: readonly WaitingAppend[]): readonly WaitingAppend[] =>
  waiting.slice(0, fitting(waiting));

/** Removes and returns those of them that have paid; later ones wait for the next request. */
export const takeBatch = (waiting: WaitingAppend[]): readonly WaitingAppend[] => {
  const unpaid = waiting.findIndex((one) => !one.isPaid());
  return waiting.splice(0, unpaid < 0 ? fitting(waiting) : Math.min(unpaid, fitting(waiting)));
};
