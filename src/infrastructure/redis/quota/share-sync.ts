import { hasUnreported } from '../../../domain/rate-limit/replica-share.ts';
import type { HeldShare } from './held-share.ts';
import { isDataLost, type QuotaCaller } from './quota-caller.ts';
import type { QuotaRowReader } from './quota-row-reader.ts';

type Deps = {
  readonly caller: Pick<QuotaCaller, 'ask'>;
  readonly rowReader: Pick<QuotaRowReader, 'readAll'>;
};

/** Most subjects in one command (all of one tenant), and in all commands that are sent at the same time. */
const AT_ONCE = 50;
/** Subjects whose rows are read in one statement. */
const PAGE = 200;

/**
 * Reports to Redis again what it has lost, page by page, so that a subject that callers ask for need not wait for all
 * others.
 */
export const reportLost = async ({ caller, rowReader }: Deps, lost: readonly HeldShare[]): Promise<void> => {
  for (let left = lost.filter(isKnownThere); left.length > 0;) {
    left = left.toSorted(mostUrgentFirst);
    const page = left.splice(0, PAGE);
    await rowReader.readAll(page);
    await sendAll(caller, 'sync', page, { areRowsRead: true });
  }
};

/**
 * Sends all shares to Redis. Rejects with `RedisAway` when it is away. A share that Redis turns out to have lost is
 * marked so (`isLost`), for `reportLost`.
 */
export const sendAll = async (
  caller: Deps['caller'],
  mode: 'sync' | 'leave',
  shares: readonly HeldShare[],
  more: { readonly areRowsRead?: boolean } = {},
): Promise<void> => {
  const byTenant = Map.groupBy(shares.filter(isWorthSending), ({ tenantId }) => tenantId);
  const batches = [...byTenant.values()].flatMap((group) => slicesOf(group));
  for (const together of roundsOf(batches))
    await Promise.all(
      together.map((batch) =>
        caller.ask(mode, batch, 0, more).catch((error: unknown) => {
          if (!isDataLost(error)) throw error;
        }),
      ),
    );
};

/** Redis counts for this subject already, or lacks calls granted before it was ever asked. */
const isWorthSending = (share: HeldShare): boolean =>
  share.limited.length > 0 && (share.generation !== undefined || hasUnreported(share));

/** Redis was asked about it before, and it is still limited. */
const isKnownThere = ({ generation, limited }: HeldShare): boolean =>
  generation !== undefined && limited.length > 0;

/** First those for which a call has already found the loss, then those used last. */
const mostUrgentFirst = (a: HeldShare, b: HeldShare): number =>
  Number(b.isLost) - Number(a.isLost) || b.lastUsed - a.lastUsed;

type Batch = readonly HeldShare[];

const slicesOf = (group: Batch): readonly Batch[] =>
  Array.from({ length: Math.ceil(group.length / AT_ONCE) }, (_, index) =>
    group.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );

const roundsOf = (batches: readonly Batch[]): readonly (readonly Batch[])[] => {
  const rounds: Batch[][] = [];
  let subjects = AT_ONCE;
  for (const batch of batches) {
    subjects += batch.length;
    if (subjects > AT_ONCE) {
      rounds.push([]);
      subjects = batch.length;
    }
    rounds.at(-1)?.push(batch);
  }
  return rounds;
};
