import { patientTimer } from '../system/patience.ts';
import type { CacheTier } from './cache-tier.ts';

type Settings = {
  /** A read that takes longer fails. */
  readonly limitMs: number;
  /** After so many slow reads in a row the tier is skipped … */
  readonly slowReadsToSkip: number;
  /** … for so long; then one read tries it again. */
  readonly skipMs: number;
};

/** Far above what a healthy tier takes, and below what anybody would wait for a cache. */
const standardBounds: Settings = { limitMs: 250, slowReadsToSkip: 3, skipMs: 5_000 };

/**
 * A second tier that answers soon or rejects: one that hangs would otherwise hold up every call until the connection
 * pool gives up. Only reads that callers wait for are bounded, those of entries and purge stamps; writes may take their
 * time.
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
      // This read tries the tier; until it has settled, all others skip it.
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
    // Callers that ask together share one statement: after a pause, this process has yet to send it.
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
