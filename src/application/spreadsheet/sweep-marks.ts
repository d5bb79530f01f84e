import type { IdempotencyKeys, SpentFor } from '../../domain/idempotency/idempotency-keys.ts';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import { UNSETTLED_MS } from '../../domain/spreadsheet/spreadsheet-versions.ts';

export type SweepDeps = {
  readonly keys: Pick<IdempotencyKeys, 'spentMarks' | 'marksGone'>;
  readonly spreadsheet: Pick<Spreadsheet, 'forgetMarks'>;
  /** Milliseconds for which a key is known after its last use: the mark of a key in doubt has to stay that long. */
  readonly keysKnownMs: number;
  /** Marks that could not be removed stay until the next sweep. */
  readonly onNotSwept: (error: unknown) => void;
};

/** Removes marks that no repeat can need any more. Never rejects. */
export type SweepMarks = (access: ProviderAccess, spreadsheetId: string) => Promise<void>;

/**
 * The place of a mark as stored with its key: a spreadsheet as named by `spreadsheetAt`. Which service will write the
 * rows is unknown when the key is claimed, and does not matter, because any service that may write there removes the
 * marks. A service at another origin has another name; it would find no marks and take them for removed.
 */
export const markPlaceOf = (spreadsheet: string): string => `spreadsheet ${spreadsheet}`;

/**
 * Age in milliseconds after which a mark is spent. A request that was answered cannot arrive again; one that was given
 * up still may, for as long as is assumed for readers.
 */
const SPENT: Omit<SpentFor, 'inDoubtMs'> = { ms: 10_000, takenOverMs: UNSETTLED_MS };
/**
 * Google has room for about 15,000 marks in a spreadsheet. So many are removed at once that the request hardly counts.
 */
const WORTH_A_CALL = 200;
const MOST_AT_ONCE = 500;
/** Marks of this age are worth a request even if they are fewer, before their keys are forgotten. */
const OLD: typeof SPENT = { ms: 3_600_000, takenOverMs: 3_600_000 };
/** Appends wait meanwhile, so a sweep that does not get quota in this time is postponed. */
const MOST_MS = 5_000;

export const sweepMarks =
  ({ keys, spreadsheet, keysKnownMs: inDoubtMs, onNotSwept }: SweepDeps): SweepMarks =>
  async (access, spreadsheetId) => {
    const { tenantId } = access;
    const place = markPlaceOf(spreadsheetAt(access.baseUrl, spreadsheetId));
    try {
      const marks = await keys.spentMarks(tenantId, place, { ...SPENT, inDoubtMs }, MOST_AT_ONCE);
      const isWorthIt =
        marks.length >= WORTH_A_CALL ||
        (await keys.spentMarks(tenantId, place, { ...OLD, inDoubtMs }, 1)).length > 0;
      if (!isWorthIt) return;
      const timeoutMs = Math.min(access.timeoutMs, MOST_MS);
      const forgotten = await spreadsheet.forgetMarks({ ...access, timeoutMs }, { spreadsheetId, marks });
      if (!isLeft(forgotten)) await keys.marksGone(tenantId, marks);
      else if (forgotten.left.kind !== 'quota-exceeded') onNotSwept(new Error(forgotten.left.message));
    } catch (error) {
      onNotSwept(error);
    }
  };
