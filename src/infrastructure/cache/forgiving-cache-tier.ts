import type { CacheTier } from './cache-tier.ts';

export type TierNews = {
  /** The second tier did not answer; counted and logged by state, not by call. */
  readonly onBrokenTier: (error: unknown) => void;
  /** It did. */
  readonly onWorkingTier?: () => void;
};

/**
 * A second tier that has nothing while it is broken, and takes nothing, but rejects no lookup and no entry for that.
 * Purges reject as before, since one that is not written down would be undone by the next restart; and so do stamps,
 * which nobody may take for known.
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
