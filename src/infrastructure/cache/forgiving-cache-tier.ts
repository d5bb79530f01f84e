import type { CacheTier } from './cache-tier.ts';

export type TierNews = {
  /** The second tier failed. Counted per failure; logged per change of state. */
  readonly onBrokenTier: (error: unknown) => void;
  /** The second tier answered. */
  readonly onWorkingTier?: () => void;
};

/**
 * A second tier whose failures do not fail a call: while it is broken it finds nothing and keeps nothing. Purges still
 * reject, since one that is not stored would be undone by the next restart; and so does reading purge stamps, since
 * nobody may take them for known.
 */
export const forgivingCacheTier = (tier: CacheTier, { onBrokenTier, onWorkingTier }: TierNews): CacheTier => {
  const guarded = async <A>(work: () => Promise<A>, otherwise: A): Promise<A> => {
    try {
      const answer = await work();
      onWorkingTier?.();
      return answer;
    } catch (error) {
      onBrokenTier(error);
      return otherwise;
    }
  };
  return {
    ...tier,
    find: (...asked) => guarded(() => tier.find(...asked), undefined),
    keep: (...kept) => guarded(() => tier.keep(...kept), undefined),
    remove: (...removed) => guarded(() => tier.remove(...removed), false),
    count: (tenant) => guarded(() => tier.count(tenant), 0),
    addHits: (...hits) => guarded(() => tier.addHits(...hits), undefined),
  };
};
