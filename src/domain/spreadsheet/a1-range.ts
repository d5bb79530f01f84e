import { meansCell, type Corner } from './a1-reference.ts';

/**
 * Cells of one sheet, both ends included. A side that is missing in `start` begins at the first row or column,
 * one missing in `end` goes on to the last of the grid. With no sheet the first one that is not hidden is meant.
 * All four sides missing is the whole sheet, or, where the title could be one, a named range (`mayBeNamedRange`).
 */
export type A1Range = {
  readonly sheet: string | undefined;
  readonly start: Corner;
  readonly end: Corner;
  /** The whole sheet of that title, and no range of that name. */
  readonly isTitle?: true;
};

/** ZZZ; Google's limit. */
export const LAST_COLUMN = 18_278;
/** Cells of a whole spreadsheet, Google's limit; so no sheet has more rows either. */
export const MOST_CELLS = 10_000_000;

const NOWHERE: Corner = { column: undefined, row: undefined };

/**
 * The one form of a range: `A1:C` and `A:C` are the same cells, so are `A1:5` and `1:5`, so what begins at the first
 * and is open has no start, and what has an end has a start.
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
 * A bare word that is no cell is a named range, which may lie anywhere, or else a sheet's title; in apostrophes it is
 * the title alone (Google's page of concepts). Which of them there are only Google knows, and its answer tells the real
 * cells. Names are made of letters, digits and "_" (Google's rule), and none is a cell.
 */
export const mayBeNamedRange = (range: A1Range): boolean =>
  range.isTitle !== true &&
  isWholeSheet(range) &&
  range.sheet !== undefined &&
  /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(range.sheet) &&
  !meansCell(range.sheet);

/** The same, and no named range. */
export const asTitle = (range: A1Range): A1Range =>
  mayBeNamedRange(range) ? { ...range, isTitle: true } : range;
