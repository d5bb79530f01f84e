import { a1Range, isCell, isWholeSheet, LAST_COLUMN, mayBeNamedRange, type A1Range } from './a1-range.ts';
import { columnLetters, type Corner } from './a1-reference.ts';
import { inApostrophes, quoteTitle, titleKey } from './sheet-title.ts';

/** The one text of a range; `parseA1` reads it back as the same range. Safe to send: no title passes for a cell. */
export const formatA1 = (range: A1Range): string => {
  const cells = formatCells(range);
  if (range.sheet === undefined) return cells;
  if (!isWholeSheet(range)) return `${quoteTitle(range.sheet)}!${cells}`;
  return mayBeNamedRange(range) ? range.sheet : inApostrophes(range.sheet);
};

/**
 * What a range is named by in the fingerprint of a request, which is kept as long as its key and over new versions of
 * this service: as `formatA1` wrote it before it told names from titles.
 */
export const fingerprintA1 = (range: A1Range): string =>
  range.sheet !== undefined && isWholeSheet(range) ? quoteTitle(range.sheet) : formatA1(range);

/**
 * Equal for texts that mean the same cells: what cached reads are kept under. A range without a sheet is not the same
 * as one with it, even where it is the first: only Google knows which that is.
 */
export const rangeKey = (range: A1Range): string =>
  formatA1({ ...range, sheet: range.sheet === undefined ? undefined : titleKey(range.sheet) });

/** Open on both axes has no text of its own; down to the last column that can be is the same cells. */
const formatCells = (range: A1Range): string => {
  const isOpen = range.end.column === undefined && range.end.row === undefined;
  const end: Corner = isOpen ? { column: LAST_COLUMN, row: undefined } : range.end;
  const { start } = a1Range(undefined, range.start, end);
  const [first, last] = [formatCorner(start), formatCorner(end)];
  return first === last && isCell(end) ? first : `${first}:${last}`;
};

const formatCorner = ({ column, row }: Corner): string =>
  `${column === undefined ? '' : columnLetters(column)}${row ?? ''}`;
