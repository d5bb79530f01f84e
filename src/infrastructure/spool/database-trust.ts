import type { Clock } from '../../domain/shared/clock.ts';

/** Where callers' calls are written. */
export type Mode = 'database' | 'spool';

/**
 * Decides whether callers' calls go to the database, and how soon it is tried again while they do not: a kind of
 * circuit breaker.
 */
export type DatabaseTrust = {
  readonly mode: () => Mode;
  /** Milliseconds until the database is next asked to store a group of the spool. */
  readonly pauseMs: () => number;
  readonly withdraw: (why: string) => void;
  /**
   * `isProven`: the database is known to accept calls. Otherwise, or if it was lost a moment ago, the change is
   * reported only once it has stored a call.
   */
  readonly give: (why: string, isProven: boolean) => void;
  /** The database has stored a caller's call. */
  readonly proved: () => void;
  /** The database came back: try it at once. */
  readonly askSoon: () => void;
  /** The database was tried and cannot be trusted yet. */
  readonly askLater: () => void;
};

type Deps = {
  readonly clock: Pick<Clock, 'monotonic'>;
  /**
   * Called once for each change that lasts. A change back to a database that is not proven is reported once it has
   * proved itself.
   */
  readonly onChanged: (to: Mode, why: string) => void;
};

/** Pause before a trial: short at first, and then doubled each time. */
const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 5_000;
/** A database that is slow again so soon after it was trusted is trusted later the next time, … */
const SOON_MS = 30_000;
/**
 * … and that is reported only once it has lasted: the spool may get connections again and again while callers get none.
 */
const LASTS_MS = 10_000;

export const databaseTrust = ({ clock, onChanged }: Deps): DatabaseTrust => {
  let mode: Mode = 'database';
  let told: Mode = mode;
  let untold: { readonly why: string; readonly dueAt: number } | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let trustedAt = Number.NEGATIVE_INFINITY;

  const tell = (why: string): void => {
    untold = undefined;
    if (told === mode) return;
    told = mode;
    onChanged(mode, why);
  };
  const askLater = (): void => {
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  };
  const askSoon = (): void => {
    pauseMs = FIRST_PAUSE_MS;
  };

  return {
    mode: () => mode,
    pauseMs: () => pauseMs,
    withdraw: (why) => {
      if (mode === 'spool') return;
      if (clock.monotonic() - trustedAt < SOON_MS) askLater();
      else askSoon();
      mode = 'spool';
      tell(why);
    },
    give: (why, isProven) => {
      if (mode === 'database') return;
      const now = clock.monotonic();
      const isUnsteady = now - trustedAt < SOON_MS;
      trustedAt = now;
      mode = 'database';
      if (isProven && !isUnsteady) tell(why);
      else untold = { why, dueAt: isUnsteady ? now + LASTS_MS : now };
    },
    proved: () => {
      if (untold !== undefined && clock.monotonic() >= untold.dueAt) tell(untold.why);
    },
    askSoon,
    askLater,
  };
};
