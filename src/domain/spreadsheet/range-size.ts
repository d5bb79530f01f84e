import type { A1Range } from './a1-range.ts';

export type RangeSize = { readonly rows: number; readonly columns: number };

/** Undefined for an open end, whose size only the grid knows. */
export const rangeSize = ({ start, end }: A1Range): RangeSize | undefined =>
  end.column === undefined || end.row === undefined
    ? undefined
    : { rows: end.row - (start.row ?? 1) + 1, columns: end.column - (start.column ?? 1) + 1 };
