import type { Clock } from '../../domain/shared/clock.ts';

/** Where callers' calls go. */
export type Mode = 'database' | 'spool';

/** Whether the database is trusted with callers' calls, and how soon it is asked again while it is not. */
export type DatabaseTrust = {
  readonly mode: () => Mode;
  /** Milliseconds until it is asked to take a group of the spool. */
  readonly pauseMs: () => number;
  readonly withdraw: (why: string) => void;
  /** `isProven`: it is known to take calls. Else, or lost a moment ago, it is told when it has taken one. */
  readonly give: (why: string, isProven: boolean) => void;
  /** It has taken a caller's call. */
  readonly proved: () => void;
  /** It came back: it is asked at once. */
  readonly askSoon: () => void;
  /** It was asked, and is not to be trusted yet. */
  readonly askLater: () => void;
};

type Deps = {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Called once for each change that lasts, and for one back to a database that has to prove itself when it has. */
  readonly onChanged: (to: Mode, why: string) => void;
};

/** Until it is asked: at once when it came back, else after doubling pauses. */
const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 5_000;
/** Trusted again and slow again within this: trusted later the next time, … */
const SOON_MS = 30_000;
/** … which is told only when it has lasted: the spool may find connections again and again where callers find none. */
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
