import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { AppendRows, CellValue } from '../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { a1Range, type A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { putLast } from '../../domain/shared/put-last.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import { beginsEmpty } from './ragged-edges.ts';

/** Remembers which places this process has looked at recently. */
export type FirstLooks = {
  readonly isDue: (access: ProviderAccess, request: AppendRows, range: A1Range) => boolean;
  /**
   * Records a look after which the last row is known to begin with a value. Appends must not be recorded, or no look
   * would ever be due again.
   */
  readonly noted: (access: ProviderAccess, request: AppendRows) => void;
};

const MOST_PLACES = 5_000;
/**
 * Milliseconds until a place is looked at again: people rarely change the layout of a sheet, and one read per place in
 * this time hardly counts in the quota.
 */
const LOOKED_FOR_MS = 600_000;
/** Rows to read: the top shows where tables begin, and so many rows are a small answer however long the sheet is. */
const ROWS = 100;

/**
 * Rows are appended at the first column of the caller's range. If the table begins further right, beside a blank column
 * or below a heading, Google finds no table in that column, or takes the heading for it, and writes over existing rows
 * or above them. The top of the place is therefore read now and then, unless the caller named a single cell or column,
 * which is then used as it is.
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

/** Identifies a place to append to within one service. */
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
 * Whether the last of these rows begins with an empty cell. If there may be further rows below, one value anywhere in
 * the first column is enough to count as not ragged.
 */
export const isRaggedTop = (rows: readonly (readonly CellValue[])[]): boolean => {
  const last = rows.at(-1);
  if (last === undefined || !beginsEmpty(last)) return false;
  return rows.length < ROWS || rows.every(beginsEmpty);
};
