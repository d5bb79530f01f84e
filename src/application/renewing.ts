import type { Sleep } from '../domain/shared/clock.ts';

export type RenewingDeps = {
  readonly sleep: Sleep;
  /** Milliseconds between two signs of life; a fraction of what a lease lasts. */
  readonly renewEveryMs: number;
};

/** Renews a lease every now and then until the work is over. */
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
      // One that is missed is made up for by the next; a lost lease shows when the answer is to be kept.
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
