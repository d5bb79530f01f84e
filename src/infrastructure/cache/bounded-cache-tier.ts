import { patientTimer } from '../system/patience.ts';
import type { CacheTier } from './cache-tier.ts';

type Settings = {
  /** A read that takes longer is given up. */
  readonly limitMs: number;
  /** So many given up in a row, and the tier is left alone … */
  readonly slowReadsToSkip: number;
  /** … for so long; then one read tries again. */
  readonly skipMs: number;
};

/** Far above what the tier takes when it is well, below what anybody would wait for a cache. */
const standardBounds: Settings = { limitMs: 250, slowReadsToSkip: 3, skipMs: 5_000 };

/**
 * A second tier that answers soon, or rejects: one that hangs would otherwise hold every call until the pool
 * gives up. Only what callers wait for is bounded, reads of entries and of purge stamps; writes may take
 * their time.
 */
export const boundedCacheTier = <T extends CacheTier>(
  tier: T,
  monotonic: () => number,
  settings: Settings = standardBounds,
): T => {
  const { limitMs, slowReadsToSkip, skipMs } = settings;
  let slowReads = 0;
  let skippedUntil = Number.NEGATIVE_INFINITY;

  const bounded = async <A>(read: () => Promise<A>): Promise<A> => {
    if (slowReads >= slowReadsToSkip) {
      const now = monotonic();
      if (now < skippedUntil) throw new Error('the second cache tier is left alone: it was slow');
      // This read tries; until it is back, all others leave the tier alone.
      skippedUntil = now + skipMs;
    }
    const answer = await soon(read(), limitMs);
    if (answer === TOO_LATE) {
      slowReads += 1;
      skippedUntil = monotonic() + skipMs;
      throw new Error(`the second cache tier did not answer within ${limitMs} ms`);
    }
    slowReads = 0;
    return answer;
  };

  return {
    ...tier,
    find: (tenant, key) => bounded(() => tier.find(tenant, key)),
    stamps: (tenant) => bounded(() => tier.stamps(tenant)),
  };
};

const TOO_LATE = Symbol('too late');

const soon = <A>(answer: Promise<A>, limitMs: number): Promise<A | typeof TOO_LATE> =>
  new Promise((resolve, reject) => {
    // Callers who ask together wait for the statement under way: held up, this process has yet to ask for theirs.
    const late = patientTimer(limitMs, () => resolve(TOO_LATE));
    answer.then(
      (value) => {
        late.clear();
        resolve(value);
      },
      (error: unknown) => {
        late.clear();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
