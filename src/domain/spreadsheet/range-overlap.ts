import { mayBeNamedRange, type A1Range } from './a1-range.ts';
import { mayBeSameTitle } from './sheet-title.ts';

type Side = number | undefined;

/**
 * Whether two ranges of one spreadsheet may share a cell. Never false when they do; true in doubt: a missing sheet is
 * the first one, whichever that is, and a word that may be a named range may lie anywhere.
 */
export const overlaps = (one: A1Range, other: A1Range): boolean => {
  if (mayBeNamedRange(one) || mayBeNamedRange(other)) return true;
  if (one.sheet !== undefined && other.sheet !== undefined && !mayBeSameTitle(one.sheet, other.sheet))
    return false;
  return (
    meet(one.start.column, one.end.column, other.start.column, other.end.column) &&
    meet(one.start.row, one.end.row, other.start.row, other.end.row)
  );
};

const meet = (start: Side, end: Side, otherStart: Side, otherEnd: Side): boolean =>
  (start ?? 1) <= (otherEnd ?? Infinity) && (otherStart ?? 1) <= (end ?? Infinity);
