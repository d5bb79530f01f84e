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
   * Milliseconds until there is room again, as the limiter told by its own clock. More than a minute means that its
   * clock and ours differ: then what is known here counts, or a whole minute.
   */
  readonly untilRoom: (toldMs: number, limit: number) => number;
};

/**
 * Google counts a call when it arrives, we when it leaves. After a burst that was this long on its way, our next minute
 * would else begin before Google's.
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
