import { append, dropUntil, makeCallLog, timeAt } from '../../../domain/rate-limit/call-log.ts';
import { windowMs } from '../../../domain/rate-limit/quota.ts';
import type { Clock } from '../../../domain/shared/clock.ts';

/**
 * Predicts when places in the sliding minute of an account come free, from what this process knows. A prediction is
 * never later than the actual time.
 */
export type PlacesAhead = {
  /** A place was taken now. */
  readonly taken: () => void;
  /** No place comes for so many milliseconds. */
  readonly hold: (ms: number) => void;
  /** Milliseconds until it makes sense to ask the limiter; zero or negative: now. */
  readonly restMs: () => number;
  /** Milliseconds until a call with `ahead` others before it can have a place; zero or negative: perhaps now. */
  readonly waitOf: (ahead: number, limit: number) => number;
  /**
   * Milliseconds until there is room, given what the limiter reported by its own clock. If that is over a minute, the
   * clocks differ: the prediction of this process is used instead, or else a whole minute.
   */
  readonly untilRoom: (toldMs: number, limit: number) => number;
};

/**
 * Google counts a call when it arrives, we when it leaves. After a burst that took this long to arrive, our next minute
 * would otherwise begin before Google's (ADR 28).
 */
export const ACCOUNT_ARRIVAL_MS = 500;

export const placesAhead = ({ monotonic }: Pick<Clock, 'monotonic'>): PlacesAhead => {
  const own = makeCallLog();
  let stillUntil = Number.NEGATIVE_INFINITY;

  /** When the n-th place taken by this process comes free; places taken by other replicas are not known here. */
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
