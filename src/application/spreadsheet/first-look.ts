import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { AppendRows, CellValue } from '../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { a1Range, type A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { putLast } from '../../domain/shared/put-last.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import { beginsEmpty } from './ragged-edges.ts';

/** Places of this process that were looked at of late. */
export type FirstLooks = {
  readonly isDue: (access: ProviderAccess, request: AppendRows, range: A1Range) => boolean;
  /**
   * Notes a look that found the last row to begin with a value. Appends must not be noted, or a look would never be due
   * again.
   */
  readonly noted: (access: ProviderAccess, request: AppendRows) => void;
};

const MOST_PLACES = 5_000;
/**
 * People change the layout of a sheet now and then. One read for each place in that time hardly counts in the quota.
 */
const LOOKED_FOR_MS = 600_000;
/** The top shows where tables begin, and this many rows are small however long the sheet is. */
const ROWS = 100;

/**
 * Rows go to the first column of the range that the caller named. Where the table begins further right, beside a blank
 * column or below a heading, Google finds no table in that column, or takes the heading for it, and puts the rows over
 * those there are, or above them. So the top of the place is read now and then. Not where the caller named one cell or
 * column: then Google is asked for just that.
 */
export const firstLooks = (clock: Pick<Clock, 'monotonic'>): FirstLooks => {
  const looked = new Map<string, number>();
  return {
    isDue: (access, request, range) =>
      isWide(range) &&
      (looked.get(placeKeyOf(access, request)) ?? Number.NEGATIVE_INFINITY) <= clock.monotonic(),
    noted: (access, request) =>
      putLast(looked, placeKeyOf(access, request), clock.monotonic() + LOOKED_FOR_MS, MOST_PLACES),
  };
};

/** A place to append to, of one service. */
export const placeKeyOf = (
  { tenantId, serviceId, baseUrl }: ProviderAccess,
  { spreadsheetId, range }: Pick<AppendRows, 'spreadsheetId' | 'range'>,
): string => JSON.stringify([tenantId, serviceId, spreadsheetAt(baseUrl, spreadsheetId), range]);

export const isWide = ({ start, end }: A1Range): boolean => end.column !== (start.column ?? 1);

/** The first rows of the range. */
export const topOf = (range: A1Range): A1Range => {
  const { sheet, start, end } = range;
  const row = (start.row ?? 1) + ROWS - 1;
  return a1Range(sheet, start, { column: end.column, row: Math.min(row, end.row ?? row) });
};

/**
 * Whether the lowest of these rows begins with an empty cell. If there may be more rows below, which are not known, a
 * first column that is used at all is enough.
 */
export const isRaggedTop = (rows: readonly (readonly CellValue[])[]): boolean => {
  const last = rows.at(-1);
  if (last === undefined || !beginsEmpty(last)) return false;
  return rows.length < ROWS || rows.every(beginsEmpty);
};
