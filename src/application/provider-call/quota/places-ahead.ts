import { append, dropUntil, makeCallLog, timeAt } from '../../../domain/rate-limit/call-log.ts';
import { windowMs } from '../../../domain/rate-limit/quota.ts';
import type { Clock } from '../../../domain/shared/clock.ts';

/** When places in the trailing minute of an account come, as far as this process can tell. Never later than they do. */
export type PlacesAhead = {
  /** One was taken now. */
  readonly taken: () => void;
  /** None comes for so many milliseconds. */
  readonly hold: (ms: number) => void;
  /** Milliseconds until it is worth asking for one; zero and less: now. */
  readonly restMs: () => number;
  /** Milliseconds until somebody with so many before him can have one; zero and less: perhaps now. */
  readonly waitOf: (ahead: number, limit: number) => number;
  /**
   * Milliseconds until there is room again, by what the limiter told. It goes by a clock of its own: where that makes
   * it more than a minute, ours is set otherwise, and what is known here counts, or a minute.
   */
  readonly untilRoom: (toldMs: number, limit: number) => number;
};

/**
 * Google counts a call when it arrives, we when it leaves: after a burst that was under way for so long, the next
 * minute of ours would begin before Google's has.
 */
export const ACCOUNT_ARRIVAL_MS = 500;

export const placesAhead = ({ monotonic }: Pick<Clock, 'monotonic'>): PlacesAhead => {
  const own = makeCallLog();
  let stillUntil = Number.NEGATIVE_INFINITY;

  /** When the n-th of the places that this process has taken comes free; those that others took: not known. */
  const freeAgainAt = (n: number): number =>
    n < 0 ? Number.NEGATIVE_INFINITY : timeAt(own, n) + windowMs.minute;

  const waitOf = (ahead: number, limit: number): number => {
    const now = monotonic();
    dropUntil(own, now - windowMs.minute);
    const minutes = Math.floor(ahead / limit);
    const free = freeAgainAt(own.length - limit + (ahead - minutes * limit));
    return Math.max(free, stillUntil) + minutes * windowMs.minute - now;
  };

  return {
    taken: () => {
      const now = monotonic();
      dropUntil(own, now - windowMs.minute);
      append(own, now, 1);
    },
    hold: (ms) => {
      stillUntil = Math.max(stillUntil, monotonic() + ms);
    },
    restMs: () => stillUntil + ACCOUNT_ARRIVAL_MS - monotonic(),
    waitOf,
    untilRoom: (toldMs, limit) => {
      if (toldMs <= windowMs.minute) return Math.max(1, toldMs);
      const ownMs = waitOf(0, limit);
      return ownMs > 0 ? ownMs : windowMs.minute;
    },
  };
};
