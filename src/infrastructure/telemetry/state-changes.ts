/** Says once that something broke and once that it works again, and counts what lies between. */
export type StateChanges = {
  readonly broken: (error: unknown) => void;
  readonly works: () => void;
  readonly failures: () => number;
};

/** A failure and nothing for so long counts as working again. */
const QUIET_MS = 10_000;

export const stateChanges = (
  now: () => number,
  say: { readonly broken: (error: unknown) => void; readonly recovered: (failures: number) => void },
): StateChanges => {
  let brokenSince = 0;
  let lastFailure = Number.NEGATIVE_INFINITY;
  let total = 0;
  return {
    broken: (error) => {
      total += 1;
      if (brokenSince === 0 || now() - lastFailure > QUIET_MS) {
        brokenSince = total;
        say.broken(error);
      }
      lastFailure = now();
    },
    works: () => {
      if (brokenSince === 0) return;
      const failures = total - brokenSince + 1;
      brokenSince = 0;
      say.recovered(failures);
    },
    failures: () => total,
  };
};
