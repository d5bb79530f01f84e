import type { CacheTier } from './cache-tier.ts';
import { keyFilter, type KeyFilter } from './key-filter.ts';

/** Entries kept after which the keys are read anew, and how many of the last of them may not be in the table by then. */
type Renewal = { readonly after: number; readonly onTheirWay: number };

/**
 * Entries go after hours, and what was added to a filter stays: after months without a restart it would know of no key
 * that it was not added. So it is made anew before one in 30 others is taken for known.
 */
const standardRenewal: Renewal = { after: 1_000_000, onTheirWay: 10_000 };

/**
 * A second tier that nobody else writes to: once its keys have been read, a key that was never kept is known to be
 * absent without asking. Most misses of a cold address end here. Until then, and when the keys cannot be read or are
 * too many (`undefined`), it is asked as before.
 */
export const soleWriterTier = <T extends CacheTier>(
  tier: T,
  readKeys: () => Promise<readonly string[] | undefined>,
  { after, onTheirWay }: Renewal = standardRenewal,
): T => {
  let known: KeyFilter | undefined;
  let reading: Promise<void> | undefined;
  /** Kept since the reading began, or a while before, which may not have seen them; undefined when it is over. */
  let keptMeanwhile: string[] | undefined = [];
  let kept = 0;

  const read = async (): Promise<void> => {
    const keys = await readKeys().catch(() => undefined);
    if (keys !== undefined) {
      known = keyFilter();
      for (const key of [...keys, ...(keptMeanwhile ?? [])]) known.add(key);
    }
    keptMeanwhile = undefined;
  };
  const note = (key: string): void => {
    known?.add(key);
    kept += 1;
    if (kept === after) keptMeanwhile ??= [];
    keptMeanwhile?.push(key);
    if (kept < after + onTheirWay) return;
    kept = 0;
    reading = read();
  };

  return {
    ...tier,
    find: (tenant, key) => {
      reading ??= read();
      return known === undefined || known.mayHave(key) ? tier.find(tenant, key) : Promise.resolve(undefined);
    },
    keep: (tenant, entry) => {
      reading ??= read();
      note(entry.key);
      return tier.keep(tenant, entry);
    },
  };
};
