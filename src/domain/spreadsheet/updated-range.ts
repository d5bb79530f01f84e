import { left, right, type Either } from '../shared/fp.ts';
import { a1Range, type A1Range } from './a1-range.ts';
import { rangeSize, type RangeSize } from './range-size.ts';

export type SplitProblem =
  /** The answered range is open, which Google's echoes never are. */
  | { readonly kind: 'open-range' }
  /** The answered range has a different size than what was sent, so the rows cannot be attributed to callers. */
  | { readonly kind: 'other-size'; readonly sent: RangeSize; readonly updated: RangeSize };

/**
 * The part of a merged append's range that each caller wrote, in the order of the parts: consecutive blocks of whole
 * rows, all starting at the same column.
 */
export const splitUpdatedRange = (
  updated: A1Range,
  parts: readonly RangeSize[],
): Either<SplitProblem, readonly A1Range[]> => {
  const size = rangeSize(updated);
  if (size === undefined) return left({ kind: 'open-range' });
  const sent = {
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    columns: parts.reduce((most, { columns }) => Math.max(most, columns), 0),
  };
  if (sent.rows !== size.rows || sent.columns !== size.columns)
    return left({ kind: 'other-size', sent, updated: size });
  const column = updated.start.column ?? 1;
  let row = updated.start.row ?? 1;
  return right(
    parts.map(({ rows, columns }) => {
      const own = a1Range(
        updated.sheet,
        { column, row },
        { column: column + columns - 1, row: row + rows - 1 },
      );
      row += rows;
      return own;
    }),
  );
};
