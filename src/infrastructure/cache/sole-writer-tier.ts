import type { CacheTier } from './cache-tier.ts';
import { keyFilter, type KeyFilter } from './key-filter.ts';

/**
 * A second tier that nobody else writes to: once its keys have been read, a key that was never kept is known to be
 * absent without asking. Most misses of a cold address end here. Until then, and when the keys cannot be read or are
 * too many (`undefined`), it is asked as before.
 */
export const soleWriterTier = <T extends CacheTier>(
  tier: T,
  readKeys: () => Promise<readonly string[] | undefined>,
): T => {
  let known: KeyFilter | undefined;
  let reading: Promise<void> | undefined;
  /** Kept since the reading began, which may not have seen them; undefined when it is over. */
  let keptMeanwhile: string[] | undefined = [];

  const read = async (): Promise<void> => {
    const keys = await readKeys().catch(() => undefined);
    if (keys !== undefined) {
      known = keyFilter();
      for (const key of [...keys, ...(keptMeanwhile ?? [])]) known.add(key);
    }
    keptMeanwhile = undefined;
  };

  return {
    ...tier,
    find: (tenant, key) => {
      reading ??= read();
      return known === undefined || known.mayHave(key) ? tier.find(tenant, key) : Promise.resolve(undefined);
    },
    keep: (tenant, entry) => {
      reading ??= read();
      keptMeanwhile?.push(entry.key);
      known?.add(entry.key);
      return tier.keep(tenant, entry);
    },
  };
};
