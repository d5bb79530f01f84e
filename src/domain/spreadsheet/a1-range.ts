import { meansCell, type Corner } from './a1-reference.ts';

/**
 * A rectangle of cells on one sheet, both ends inclusive. A side missing in `start` begins at the first row or column;
 * one missing in `end` extends to the end of the grid. Without `sheet`, the first visible sheet is meant. If all four
 * sides are missing it is the whole sheet or, where the title could be one, a named range (`mayBeNamedRange`).
 */
export type A1Range = {
  readonly sheet: string | undefined;
  readonly start: Corner;
  readonly end: Corner;
  /** The text can only mean the whole sheet with that title, not a named range. */
  readonly isTitle?: true;
};

/** Column ZZZ, Google's limit. */
export const LAST_COLUMN = 18_278;
/** Google's limit for the cells of a whole spreadsheet, and hence also for the rows of a sheet. */
export const MOST_CELLS = 10_000_000;

const NOWHERE: Corner = { column: undefined, row: undefined };

/**
 * Builds a range in canonical form. `A1:C` and `A:C` mean the same cells, as do `A1:5` and `1:5`: an open side that
 * begins at 1 has no start, and a side with an end has a start.
 */
export const a1Range = (sheet: string | undefined, start: Corner, end: Corner): A1Range => ({
  sheet,
  start: { column: startOf(start.column, end.column), row: startOf(start.row, end.row) },
  end,
});

const startOf = (start: number | undefined, end: number | undefined): number | undefined => {
  if (end !== undefined) return start ?? 1;
  return start === 1 ? undefined : start;
};

export const isCell = ({ column, row }: Corner): boolean => column !== undefined && row !== undefined;

export const wholeSheet = (sheet: string): A1Range => ({ sheet, start: NOWHERE, end: NOWHERE });

export const isWholeSheet = ({ start, end }: A1Range): boolean =>
  [start.column, start.row, end.column, end.row].every((side) => side === undefined);

/**
 * A bare word that is no cell means a named range, which may be anywhere, or else the title of a sheet; in apostrophes
 * it is always a title (Google's concepts page). Only Google knows which of them exist, and its answer names the actual
 * cells. Names consist of letters, digits and "_" (Google's rule), and are never valid cells.
 */
export const mayBeNamedRange = (range: A1Range): boolean =>
  range.isTitle !== true &&
  isWholeSheet(range) &&
  range.sheet !== undefined &&
  /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(range.sheet) &&
  !meansCell(range.sheet);

/** The same range, read as a title and never as a named range. */
export const asTitle = (range: A1Range): A1Range =>
  mayBeNamedRange(range) ? { ...range, isTitle: true } : range;
