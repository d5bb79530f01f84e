import type { CellValue, MarkedRows, WrittenCell } from '../../../domain/provider/spreadsheet.ts';
import { heightOf } from './appended-rows.ts';

type Rows = MarkedRows['rows'];
type Values = readonly (readonly CellValue[])[];

/**
 * The lowest place above `below` with exactly these rows, as an index into `values`. Blank rows at their end do not
 * count.
 */
export const findRows = (values: Values, rows: Rows, below: number): number | undefined =>
  placesOf(values, rows, below, 1)[0];

/** Whether exactly these rows occur in more than `most` places, overlapping ones included. */
export const standMoreOften = (values: Values, rows: Rows, most: number): boolean =>
  placesOf(values, rows, values.length, most + 1).length > most;

export const areSameRows = (one: Rows, other: Rows): boolean =>
  heightOf(one) === heightOf(other) &&
  one.slice(0, heightOf(one)).every((row, index) => isSameRow(row, other[index] ?? []));

/**
 * The first `most` places from `below` upward, in one pass (Knuth-Morris-Pratt): comparing at each place separately
 * would block this process for half a minute with ten thousand rows that are nearly all alike.
 */
const placesOf = (values: Values, rows: Rows, below: number, most: number): readonly number[] => {
  const upward = rows.slice(0, heightOf(rows)).toReversed();
  const borders = bordersOf(upward);
  const places: number[] = [];
  let matched = 0;
  for (let index = Math.min(below, values.length) - 1; index >= 0 && places.length < most; index -= 1) {
    matched = oneMore(upward, borders, matched, values[index] ?? []);
    if (matched === upward.length) places.push(index);
  }
  return places;
};

/** For each prefix of the rows, the length of its longest proper prefix that is also its suffix. */
const bordersOf = (rows: Rows): readonly number[] => {
  const borders = [0];
  for (const row of rows.slice(1)) borders.push(oneMore(rows, borders, borders.at(-1) ?? 0, row));
  return borders;
};

/** The number of rows matched when this row follows so many matched ones. */
const oneMore = (
  rows: Rows,
  borders: readonly number[],
  matched: number,
  next: readonly WrittenCell[],
): number => {
  for (let length = matched; ; length = borders[length - 1] ?? 0) {
    const row = rows[length];
    if (row !== undefined && isSameRow(row, next)) return length + 1;
    if (length === 0) return 0;
  }
};

/** A cell that was not written is read as "". */
const isSameRow = (one: readonly WrittenCell[], other: readonly WrittenCell[]): boolean => {
  for (let column = Math.max(one.length, other.length) - 1; column >= 0; column -= 1)
    if ((one[column] ?? '') !== (other[column] ?? '')) return false;
  return true;
};
