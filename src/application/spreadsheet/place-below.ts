import type { AppendRows, CellValue, ReadAnswer } from '../../domain/provider/spreadsheet.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { anchorBelow, columnsOf } from '../../domain/spreadsheet/append-anchor.ts';
import { parseA1 } from '../../domain/spreadsheet/parse-a1.ts';
import { beginsEmpty } from './ragged-edges.ts';

/**
 * Where to append when the columns of the range were just read. Below the last row of the grid there is no cell to
 * name; then Google has to find the table, and adds rows to the grid. `added`: only the table that they go to counts.
 */
export const placeBelow = (
  range: A1Range,
  { valueRanges: [found] }: ReadAnswer,
  added?: AppendRows['rows'],
): A1Range => {
  const values = found?.values ?? [];
  const below = anchorBelow(range, added === undefined ? values.length : usedRows(values, widthOf(added)));
  const echo = found === undefined ? undefined : parseA1(found.range);
  const lastRow = echo === undefined || isLeft(echo) ? undefined : echo.right.end.row;
  const isOffGrid = lastRow !== undefined && (below.start.row ?? 1) > lastRow;
  return isOffGrid ? columnsOf(range) : below;
};

const widthOf = (rows: AppendRows['rows']): number =>
  rows.reduce((most, row) => Math.max(most, row.length), 1);

/**
 * How many rows there are up to the last one of the table in the first column. A column that is blank all the way down
 * ends the table, so that a longer one beside it, such as a list of values, does not take rows away from their own.
 * Never within the width of the rows to come, which are written over nothing; and where the first column itself is
 * blank, nothing tells which table is meant: then all rows count.
 */
const usedRows = (rows: readonly (readonly CellValue[])[], width: number): number => {
  const isUsed = (column: number): boolean => rows.some((row) => !beginsEmpty(row.slice(column, column + 1)));
  if (!isUsed(0)) return rows.length;
  let blank = 1;
  while (isUsed(blank)) blank += 1;
  const end = Math.max(width, blank);
  return rows.findLastIndex((row) => row.slice(0, end).some((cell) => !beginsEmpty([cell]))) + 1;
};
