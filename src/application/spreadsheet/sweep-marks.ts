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
 * As a key keeps it: where the mark of its rows may stand, of a spreadsheet as `spreadsheetAt` names it. By which
 * service they go there is not known when the key is claimed, and does not matter: any that may write there takes the
 * marks away. Not so one at another origin, which finds none of them and would take them for gone.
 */
export const markPlaceOf = (spreadsheet: string): string => `spreadsheet ${spreadsheet}`;

/** Of a request that was answered no second one is on its way; one that was given up may be, as long as for readers. */
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
