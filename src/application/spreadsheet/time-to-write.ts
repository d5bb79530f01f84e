/** Within this time a write is mostly answered. */
const USUAL_MS = 500;

/**
 * Of the milliseconds that a caller has, those that its write needs once it leaves: no turn is waited for beyond them.
 * Turns come in the order in which they were asked for, so where more is written than there is time for, each comes to
 * whoever has waited longest. With the rest of its time nobody would learn what became of what it sends, and after each
 * such write the next one waits as well: nothing would be written any more. Told that its turn did not come, a caller
 * knows that nothing was sent.
 */
export const timeToWrite = (ms: number): number => Math.min(USUAL_MS, ms / 2);
