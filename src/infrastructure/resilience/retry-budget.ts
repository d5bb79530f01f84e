import type { Clock } from '../../domain/shared/clock.ts';

/** Finagle's retry budget: a fifth of recent calls may be retried, and ten more in any ten seconds. */
const SHARE = 0.2;
const RESERVE = 10;
const LIFE_MS = 10_000;
const SLOTS = 10;

export type RetryBudget = {
  readonly callMade: () => void;
  /** True if a retry was available, which is then spent; false if the provider has trouble enough already. */
  readonly tryToSpend: () => boolean;
};

/** Counts calls and retries in ten slots of a second each; older ones no longer count. */
export const retryBudget = (clock: Clock): RetryBudget => {
  const slotMs = LIFE_MS / SLOTS;
  const calls = Array.from({ length: SLOTS }, () => 0);
  const retries = Array.from({ length: SLOTS }, () => 0);
  let current = Math.floor(clock.monotonic() / slotMs);

  const slot = (): number => {
    const now = Math.floor(clock.monotonic() / slotMs);
    for (let passed = Math.max(current + 1, now - SLOTS + 1); passed <= now; passed += 1) {
      calls[passed % SLOTS] = 0;
      retries[passed % SLOTS] = 0;
    }
    current = Math.max(current, now);
    return current % SLOTS;
  };
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

  return {
    callMade: () => {
      const at = slot();
      calls[at] = (calls[at] ?? 0) + 1;
    },
    tryToSpend: () => {
      const at = slot();
      if (sum(retries) + 1 > sum(calls) * SHARE + RESERVE) return false;
      retries[at] = (retries[at] ?? 0) + 1;
      return true;
    },
  };
};
