import { left, right, type Either } from '../shared/fp.ts';
import { a1Problem, type A1Problem } from './a1-problem.ts';
import { a1Range, type A1Range, type Grid } from './a1-range.ts';

export type RangeSize = { readonly rows: number; readonly columns: number };

/** The cells of a range on a sheet of this size, as Google echoes them: an end past the grid is cut, a start is refused. */
export const onGrid = ({ sheet, start, end }: A1Range, grid: Grid): Either<A1Problem, A1Range> => {
  const first = { column: start.column ?? 1, row: start.row ?? 1 };
  if (first.column > grid.columns || first.row > grid.rows) return left(a1Problem('off-grid'));
  const last = {
    column: Math.min(end.column ?? grid.columns, grid.columns),
    row: Math.min(end.row ?? grid.rows, grid.rows),
  };
  return right(a1Range(sheet, first, last));
};

/** Undefined for an open end: only the grid knows it, and `onGrid` closes it. */
export const rangeSize = ({ start, end }: A1Range): RangeSize | undefined =>
  end.column === undefined || end.row === undefined
    ? undefined
    : { rows: end.row - (start.row ?? 1) + 1, columns: end.column - (start.column ?? 1) + 1 };
