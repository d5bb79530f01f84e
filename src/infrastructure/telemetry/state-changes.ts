import { furtherReasons } from './further-reasons.ts';

/** Reports once that something broke and once that it works again, with the number of failures in between. */
export type StateChanges = {
  readonly broken: (error: unknown) => void;
  readonly works: () => void;
  readonly failures: () => number;
};

/**
 * Quiet time without a failure after which it counts as working again: what fails now and then is broken all the while.
 */
const QUIET_MS = 10_000;

export const stateChanges = (
  now: () => number,
  say: {
    readonly broken: (error: unknown) => void;
    readonly recovered: (failures: number) => void;
    /**
     * For failures of which more than the first reason matters: called with each further one, distinguished by its
     * text.
     */
    readonly further?: (error: unknown) => void;
  },
  quietMs = QUIET_MS,
): StateChanges => {
  let total = 0;
  let sinceBroken = 0;
  let lastFailure = Number.NEGATIVE_INFINITY;
  const reasons = furtherReasons();
  return {
    broken: (error) => {
      total += 1;
      sinceBroken += 1;
      lastFailure = now();
      const isNews = say.further !== undefined && reasons.isNews(String(error));
      if (sinceBroken === 1) say.broken(error);
      else if (isNews) say.further?.(error);
    },
    works: () => {
      if (sinceBroken === 0 || now() - lastFailure < quietMs) return;
      const failures = sinceBroken;
      sinceBroken = 0;
      reasons.forget();
      say.recovered(failures);
    },
    failures: () => total,
  };
};
