import type { CacheTier } from '../../src/infrastructure/cache/cache-tier.ts';

type Operation = keyof CacheTier;

/** The faults of a second tier, changed while a test runs. */
export type TierFaults = {
  /** The operations that fail, as if the tier were unavailable. */
  refuse: (operation: Operation) => boolean;
  /** Awaited between the tier's answer and its arrival at the caller. */
  delay: (operation: Operation) => Promise<void>;
};

export const noFaults = (): TierFaults => ({ refuse: () => false, delay: async () => undefined });

/** Wraps any second tier, with faults on demand. */
export const faultyCacheTier = (tier: CacheTier, faults: TierFaults): CacheTier => {
  const faulty =
    <Args extends readonly unknown[], Answer>(
      operation: Operation,
      ask: (...args: Args) => Promise<Answer>,
    ): ((...args: Args) => Promise<Answer>) =>
    async (...args) => {
      if (faults.refuse(operation)) throw new Error('the tier is away');
      const answer = await ask(...args);
      await faults.delay(operation);
      return answer;
    };
  return {
    find: faulty('find', tier.find),
    keep: faulty('keep', tier.keep),
    remove: faulty('remove', tier.remove),
    purge: faulty('purge', tier.purge),
    stamps: faulty('stamps', tier.stamps),
    count: faulty('count', tier.count),
    addHits: faulty('addHits', tier.addHits),
  };
};
