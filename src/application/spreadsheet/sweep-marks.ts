import type { IdempotencyKeys, SpentFor } from '../../domain/idempotency/idempotency-keys.ts';
import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { Spreadsheet } from '../../domain/provider/spreadsheet.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import { UNSETTLED_MS } from '../../domain/spreadsheet/spreadsheet-versions.ts';

export type SweepDeps = {
  readonly keys: Pick<IdempotencyKeys, 'spentMarks' | 'marksGone'>;
  readonly spreadsheet: Pick<Spreadsheet, 'forgetMarks'>;
  /** How long a key is known after its last use: the mark of one in doubt has to stay as long. */
  readonly keysKnownMs: number;
  /** Marks that could not be taken away now stay for the next time. */
  readonly onNotSwept: (error: unknown) => void;
};

/** Takes marks away that nobody can ask for any more. Never rejects. */
export type SweepMarks = (access: ProviderAccess, spreadsheetId: string) => Promise<void>;

/**
 * The place of a mark as its key keeps it, of a spreadsheet as `spreadsheetAt` names it. Which service will write the
 * rows is not known when the key is claimed, and does not matter: any that may write there takes the marks away. One at
 * another origin has another name, since it would find no marks and take them for gone.
 */
export const markPlaceOf = (spreadsheet: string): string => `spreadsheet ${spreadsheet}`;

/**
 * A request that was answered is not on its way any more; one that was given up may still be, as long as for readers.
 */
const SPENT: Omit<SpentFor, 'inDoubtMs'> = { ms: 10_000, takenOverMs: UNSETTLED_MS };
/** Google has room for some 15,000 in a spreadsheet; one call takes away so many that it hardly counts. */
const WORTH_A_CALL = 200;
const MOST_AT_ONCE = 500;
/** Fewer than that are worth a call before their keys are forgotten. */
const OLD: typeof SPENT = { ms: 3_600_000, takenOverMs: 3_600_000 };
/** Appends wait meanwhile, so it is left for another time when the account has no calls to spare. */
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
