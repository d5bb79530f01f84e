import type { MarkedRows, UpdatedRange, WrittenCell } from '../../../domain/provider/spreadsheet.ts';
import { a1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../../domain/spreadsheet/format-a1.ts';

type Rows = MarkedRows['rows'];

/** Where the operations of one request are placed, in rows from the first one written. */
export type Layout = {
  readonly tops: readonly number[];
  /** The lowest row that contains anything, and a column in which it does (counted from the first one written). */
  readonly last: { readonly row: number; readonly column: number };
};

const isBlank = (cell: WrittenCell | undefined): boolean =>
  cell === undefined || cell === null || cell === '';

export const hasValue = ({ rows }: MarkedRows): boolean => rows.some((row) => !row.every(isBlank));

/** One by one: a body may hold more rows than a function takes arguments. */
export const widthOf = (rows: Rows): number => rows.reduce((widest, row) => Math.max(widest, row.length), 1);

/**
 * Each operation is written below the last row that contains anything, so blank rows at the end of one do not push the
 * next.
 */
export const layoutOf = (operations: readonly MarkedRows[]): Layout => {
  let last = { row: -1, column: 0 };
  const tops = operations.map(({ rows }) => {
    const top = last.row + 1;
    const index = rows.findLastIndex((row) => !row.every(isBlank));
    const column = rows[index]?.findIndex((cell) => !isBlank(cell)) ?? -1;
    if (index >= 0) last = { row: top + index, column };
    return top;
  });
  return { tops, last };
};

/** Typed, so that no text becomes a formula, a date or a number. Blank cells stay blank in a new row. */
const cellData = (cell: WrittenCell) => {
  if (cell === null || cell === '') return {};
  if (typeof cell === 'string') return { userEnteredValue: { stringValue: cell } };
  return { userEnteredValue: typeof cell === 'number' ? { numberValue: cell } : { boolValue: cell } };
};

/** `appendCells` begins each row in column A, so there must be a blank cell for each column before the first one. */
export const appendCellsRequest = (sheetId: number, firstColumn: number, { rows }: MarkedRows) => {
  const before = Array.from({ length: firstColumn }, () => ({}));
  return {
    appendCells: {
      sheetId,
      fields: 'userEnteredValue',
      rows: rows.map((row) => ({ values: [...before, ...row.map(cellData)] })),
    },
  };
};

/** Three bytes each. Otherwise a few kilobytes of rows in the last possible column would become a request of 30 MB. */
const MOST_BLANKS = 1_000_000;
export const TOO_FAR_RIGHT = `rows that begin so far to the right are sent with all cells before them, at most ${MOST_BLANKS} of these at a time: append fewer rows in one request`;

export const isTooFarRight = (firstColumn: number, operations: readonly MarkedRows[]): boolean =>
  operations.reduce((sum, { rows }) => sum + rows.length * firstColumn, 0) > MOST_BLANKS;

type Written = { readonly title: string; readonly firstColumn: number; readonly rows: Rows };

/**
 * Counted as Google does: null is not written, "" is. Blank rows at the end do not count, since nothing is left of them
 * and the next row takes their place. `topRow` counts from 1.
 */
export const updateOf = ({ title, firstColumn, rows: all }: Written, topRow: number): UpdatedRange => {
  const rows = all.slice(0, heightOf(all));
  const written = rows.map((row) => row.flatMap((cell, column) => (cell === null ? [] : [column])));
  const start = { column: firstColumn + 1, row: topRow };
  const end = { column: firstColumn + widthOf(rows), row: topRow + rows.length - 1 };
  return {
    updatedRange: formatA1(a1Range(title, start, end)),
    updatedRows: written.filter((columns) => columns.length > 0).length,
    updatedColumns: new Set(written.flat()).size,
    updatedCells: written.flat().length,
  };
};

/** Blank rows at the end leave nothing behind that could be found. */
export const heightOf = (rows: Rows): number => rows.findLastIndex((row) => !row.every(isBlank)) + 1;
