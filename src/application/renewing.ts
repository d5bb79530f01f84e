import type { Sleep } from '../domain/shared/clock.ts';

export type RenewingDeps = {
  readonly sleep: Sleep;
  /** Milliseconds between two renewals (heartbeats); a fraction of the lease's duration. */
  readonly renewEveryMs: number;
};

/** Renews a lease periodically until the work has ended. */
export const renewing = async <A>(
  { sleep, renewEveryMs }: RenewingDeps,
  renew: () => Promise<boolean>,
  work: () => Promise<A>,
): Promise<A> => {
  const over = new AbortController();
  const beat = async (): Promise<void> => {
    for (;;) {
      await sleep(renewEveryMs, over.signal);
      if (over.signal.aborted) return;
      // A failed renewal is made up for by the next one; a lost lease is noticed when the answer is to be stored.
      await renew().catch(() => false);
    }
  };
  const beating = beat();
  try {
    return await work();
  } finally {
    over.abort();
    await beating;
  }
};
