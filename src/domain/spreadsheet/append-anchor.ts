import { a1Range, asTitle, isCell, LAST_COLUMN, mayBeNamedRange, type A1Range } from './a1-range.ts';

/**
 * The range to append at when nothing is known about the sheet. Google looks for tables (blocks bounded by empty rows
 * and columns) that intersect the given range, takes the last one, and writes below it, starting at *its* first column.
 * Given `Sheet1` after the row [v1, "", v3], the last table is C1, and the next row drifts to C2:E2.
 *
 * Therefore only the first column of the range is given: `Sheet1` becomes `Sheet1!A:A`, as does `Sheet1!A:C`;
 * `Sheet1!B2:D4` becomes `Sheet1!B2:B4`. Tables that begin further right do not intersect it. The top left cell alone
 * would not do: on a sheet with an empty row inside, Google would take the upper table and overwrite the lower one. A
 * single cell is kept, because with it the caller has chosen the table.
 *
 * This does not help if the first cell of *every* row of the table is empty: no table intersects, and the row goes to
 * the top of the range, over what is there unless rows are inserted. For that there is `anchorBelow`.
 */
export const anchorOf = (range: A1Range): A1Range => {
  const { sheet, start, end } = range;
  const column = start.column ?? 1;
  return isOneCell(range) ? range : a1Range(sheet, { column, row: start.row }, { column, row: end.row });
};

/**
 * The columns to read in order to append below them: those of the range, and those that rows of `width` columns occupy
 * beside it, from the first row of the range to the end of the sheet. A single cell says nothing about the width, so
 * all columns from there on.
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
 * The cell to append at, after `columnsOf` the range was read and `usedRows` rows were returned (Google returns rows up
 * to the last non-empty one): the first column of the first row below. No table intersects that cell (a cell beside a
 * table does not belong to it, according to Google's guide), so the rows begin exactly there, however empty its
 * neighbours are. If somebody wrote a row there meanwhile, Google finds that table and appends below it.
 */
export const anchorBelow = ({ sheet, start }: A1Range, usedRows: number): A1Range => {
  const cell = { column: start.column ?? 1, row: (start.row ?? 1) + usedRows };
  return a1Range(sheet, cell, cell);
};

const isOneCell = ({ start, end }: A1Range): boolean =>
  isCell(end) && end.column === start.column && end.row === start.row;
