import { a1Range, asTitle, isCell, LAST_COLUMN, mayBeNamedRange, type A1Range } from './a1-range.ts';

/**
 * The range to append at when nothing is known of the sheet. Google looks for tables (blocks bounded by empty rows and
 * columns) that meet the range it is given, takes the last, and writes below it from *its* first column on. Given
 * `Sheet1` after the row [v1, "", v3], the last table is C1, and the next row drifts to C2:E2.
 *
 * So only the first column of the range is given: `Sheet1` becomes `Sheet1!A:A`, `Sheet1!A:C` too, `Sheet1!B2:D4`
 * becomes `Sheet1!B2:B4`. Tables that begin further right are not met. Not the top left cell alone: of a sheet with an
 * empty row inside it would take the upper table, and write over the lower one. One cell stays as it is: with it the
 * caller has chosen the table.
 *
 * It cannot help where the first cell of *every* row of the table is empty: no table is met, and the row goes to the
 * top of the range, over what stands there unless rows are inserted. `anchorBelow` can.
 */
export const anchorOf = (range: A1Range): A1Range => {
  const { sheet, start, end } = range;
  const column = start.column ?? 1;
  return isOneCell(range) ? range : a1Range(sheet, { column, row: start.row }, { column, row: end.row });
};

/**
 * What has to be read to append below it: the columns of the range, and those that rows of the `width` go to beside it,
 * from its first row to the last of the sheet. One cell says nothing of the width, so all columns from there on.
 */
export const columnsOf = (range: A1Range, width = 1): A1Range => {
  const { sheet, start, end } = range;
  const last = isOneCell(range) ? undefined : end.column;
  const needed = Math.min(LAST_COLUMN, (start.column ?? 1) + width - 1);
  const column = last === undefined ? undefined : Math.max(last, needed);
  const columns = a1Range(sheet, start, { column, row: undefined });
  return mayBeNamedRange(range) ? columns : asTitle(columns);
};

/**
 * The cell to append at when `columnsOf` the range were just read and so many rows were answered (Google answers up to
 * the last that is not empty): the first column of the first row below. No table is met there (a cell beside a table is
 * not of it: Google's guide), so the row begins in that very cell, however empty its neighbours are; if somebody wrote
 * a row there meanwhile, its table is met and the new row goes below it.
 */
export const anchorBelow = ({ sheet, start }: A1Range, usedRows: number): A1Range => {
  const cell = { column: start.column ?? 1, row: (start.row ?? 1) + usedRows };
  return a1Range(sheet, cell, cell);
};

const isOneCell = ({ start, end }: A1Range): boolean =>
  isCell(end) && end.column === start.column && end.row === start.row;
