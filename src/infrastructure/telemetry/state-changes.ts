/** Says once that something broke and once that it works again, and counts what lies between. */
export type StateChanges = {
  readonly broken: (error: unknown) => void;
  readonly works: () => void;
  readonly failures: () => number;
};

/** Works again: no failure for so long. What fails every now and then is broken all the while. */
const QUIET_MS = 10_000;

export const stateChanges = (
  now: () => number,
  say: { readonly broken: (error: unknown) => void; readonly recovered: (failures: number) => void },
  quietMs = QUIET_MS,
): StateChanges => {
  let total = 0;
  let sinceBroken = 0;
  let lastFailure = Number.NEGATIVE_INFINITY;
  return {
    broken: (error) => {
      total += 1;
      sinceBroken += 1;
      lastFailure = now();
      if (sinceBroken === 1) say.broken(error);
    },
    works: () => {
      if (sinceBroken === 0 || now() - lastFailure < quietMs) return;
      const failures = sinceBroken;
      sinceBroken = 0;
      say.recovered(failures);
    },
    failures: () => total,
  };
};
