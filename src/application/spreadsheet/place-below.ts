import type { AppendRows, CellValue, ReadAnswer } from '../../domain/provider/spreadsheet.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { anchorBelow } from '../../domain/spreadsheet/append-anchor.ts';
import { parseA1 } from '../../domain/spreadsheet/parse-a1.ts';
import { beginsEmpty } from './ragged-edges.ts';

/** The rows to append, and how. */
type Added = Pick<AppendRows, 'rows' | 'insertDataOption'>;
type Found = readonly (readonly CellValue[])[];

/**
 * Where to append, given that `columns` (`columnsOf`) were just read. Below the last row of the grid there is no cell
 * to name, so Google has to find the table and extend the grid: by the first cell of the last row if that has a value.
 * (By the columns, Google would take the last table in them, which may be further right.) With `added`, only the table
 * that these rows go to counts.
 */
export const placeBelow = (
  range: A1Range,
  columns: A1Range,
  { valueRanges: [found] }: ReadAnswer,
  added?: Added,
): A1Range => {
  const values = found?.values ?? [];
  const used = added === undefined ? values.length : usedRows(range, values, added);
  const below = anchorBelow(range, used);
  const echo = found === undefined ? undefined : parseA1(found.range);
  const lastRow = echo === undefined || isLeft(echo) ? undefined : echo.right.end.row;
  const isOffGrid = lastRow !== undefined && (below.start.row ?? 1) > lastRow;
  if (!isOffGrid) return below;
  return beginsEmpty(values[used - 1] ?? []) ? columns : anchorBelow(range, used - 1);
};

/**
 * Number of rows up to the end of the table that the rows go to. A range with a last row selects the table: the rows go
 * to the first place below it that has room for them. Nothing is overwritten, and rows that are inserted need no room.
 */
const usedRows = ({ start, end }: A1Range, found: Found, { rows, insertDataOption }: Added): number => {
  const columns = tableColumns(found, widthOf(rows));
  const isFree = (row: Found[number]): boolean => row.slice(0, columns).every((cell) => beginsEmpty([cell]));
  const all = found.findLastIndex((row) => !isFree(row)) + 1;
  if (end.row === undefined) return all;
  const chosen = found.slice(0, end.row - (start.row ?? 1) + 1);
  const needed = insertDataOption === 'INSERT_ROWS' ? 1 : rows.length;
  let free = chosen.findLastIndex((row) => !isFree(row)) + 1;
  for (let at = free; at < all; at += 1) {
    if (!isFree(found[at] ?? [])) free = at + 1;
    else if (at + 1 - free >= needed) break;
  }
  return free;
};

export const widthOf = (rows: AppendRows['rows']): number =>
  rows.reduce((most, row) => Math.max(most, row.length), 1);

/**
 * Number of columns, from the first of the range, that the table may have. A completely blank column ends the table, so
 * that a longer one beside it, such as a list of values, does not push rows away from their own. Never fewer than the
 * new rows have. If the first column itself is blank, it is unclear which table is meant: then all columns (undefined).
 */
const tableColumns = (found: Found, width: number): number | undefined => {
  const isUsed = (column: number): boolean =>
    found.some((row) => !beginsEmpty(row.slice(column, column + 1)));
  if (!isUsed(0)) return undefined;
  let blank = 1;
  while (isUsed(blank)) blank += 1;
  return Math.max(width, blank);
};
