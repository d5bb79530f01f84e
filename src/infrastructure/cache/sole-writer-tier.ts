import type { CacheTier } from './cache-tier.ts';
import { keyFilter, type KeyFilter } from './key-filter.ts';

/**
 * After how many stored entries the filter is rebuilt, and how many of the last of them may not be committed by then.
 */
type Renewal = { readonly after: number; readonly onTheirWay: number };

/**
 * Entries expire after hours, but a filter cannot forget: after months without a restart it would deny hardly any key.
 * So it is rebuilt before its false positives reach one in 30.
 */
const standardRenewal: Renewal = { after: 1_000_000, onTheirWay: 10_000 };

/**
 * A second tier to which nobody else writes: once its keys have been read into a filter, a key that was never stored is
 * known to be absent without asking. That answers most misses. Until then, and when the keys cannot be read or are too
 * many (`undefined`), the tier is asked as before.
 */
export const soleWriterTier = <T extends CacheTier>(
  tier: T,
  readKeys: () => Promise<readonly string[] | undefined>,
  { after, onTheirWay }: Renewal = standardRenewal,
): T => {
  let known: KeyFilter | undefined;
  let reading: Promise<void> | undefined;
  /**
   * Keys stored since shortly before the reading began, which it may not have seen; undefined while nothing is being
   * read.
   */
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
