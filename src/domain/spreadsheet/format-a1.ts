import { a1Range, isCell, isWholeSheet, LAST_COLUMN, mayBeNamedRange, type A1Range } from './a1-range.ts';
import { columnLetters, type Corner } from './a1-reference.ts';
import { inApostrophes, quoteTitle, titleKey } from './sheet-title.ts';

/**
 * The canonical text of a range; `parseA1` reads it back as the same range. Safe to send: no title can be taken for a
 * cell.
 */
export const formatA1 = (range: A1Range): string => {
  const cells = formatCells(range);
  if (range.sheet === undefined) return cells;
  if (!isWholeSheet(range)) return `${quoteTitle(range.sheet)}!${cells}`;
  return mayBeNamedRange(range) ? range.sheet : inApostrophes(range.sheet);
};

/**
 * The name of a range in the fingerprint of a request. Fingerprints are stored with idempotency keys and must survive
 * new versions of this program, so this keeps the form that `formatA1` had before it distinguished named ranges from
 * titles.
 */
export const fingerprintA1 = (range: A1Range): string =>
  range.sheet !== undefined && isWholeSheet(range) ? quoteTitle(range.sheet) : formatA1(range);

/**
 * Equal for texts that mean the same cells; part of the cache key of reads. A range without a sheet differs from one
 * with the first sheet's title, because only Google knows which sheet is first.
 */
export const rangeKey = (range: A1Range): string =>
  formatA1({ ...range, sheet: range.sheet === undefined ? undefined : titleKey(range.sheet) });

/**
 * A range that is open on both axes has no notation; one that extends to the last possible column means the same cells.
 */
const formatCells = (range: A1Range): string => {
  const isOpen = range.end.column === undefined && range.end.row === undefined;
  const end: Corner = isOpen ? { column: LAST_COLUMN, row: undefined } : range.end;
  const { start } = a1Range(undefined, range.start, end);
  const [first, last] = [formatCorner(start), formatCorner(end)];
  return first === last && isCell(end) ? first : `${first}:${last}`;
};

const formatCorner = ({ column, row }: Corner): string =>
  `${column === undefined ? '' : columnLetters(column)}${row ?? ''}`;
