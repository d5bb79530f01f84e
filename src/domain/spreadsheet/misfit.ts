import { LAST_COLUMN, MOST_CELLS, type A1Range } from './a1-range.ts';
import type { Corner } from './a1-reference.ts';
import { rangeSize, type RangeSize } from './range-size.ts';

/** Why data of this size cannot be written to a range, as a sentence; undefined if it can. */
export const misfit = (range: A1Range, data: RangeSize): string | undefined => {
  const [column, row] = [range.start.column ?? 1, range.start.row ?? 1];
  if (isBeyondAnyGrid(range.start, data)) return BEYOND_ANY_GRID;
  const size = rangeSize(range);
  // A single cell marks the top left corner: the write extends from there.
  if (size?.rows === 1 && size.columns === 1) return undefined;
  const room = {
    columns: range.end.column === undefined ? Infinity : range.end.column - column + 1,
    rows: range.end.row === undefined ? Infinity : range.end.row - row + 1,
  };
  if (data.columns > room.columns)
    return `columns of the range: ${room.columns}, of the values: ${data.columns}`;
  return data.rows > room.rows ? `rows of the range: ${room.rows}, of the values: ${data.rows}` : undefined;
};

/** The same for rows to append below a table, wherever that ends. */
export const misfitBelow = ({ start: { column } }: A1Range, data: RangeSize): string | undefined =>
  isBeyondAnyGrid({ column, row: undefined }, data) ? BEYOND_ANY_GRID : undefined;

const BEYOND_ANY_GRID = 'the values reach beyond any grid';
const isBeyondAnyGrid = ({ column = 1, row = 1 }: Corner, data: RangeSize): boolean => {
  const last = { column: column + data.columns - 1, row: row + data.rows - 1 };
  return last.column > LAST_COLUMN || last.column * last.row > MOST_CELLS;
};
