import type { CellValue, MarkedRows, WrittenCell } from '../../../domain/provider/spreadsheet.ts';
import { heightOf } from './appended-rows.ts';

type Rows = MarkedRows['rows'];
type Values = readonly (readonly CellValue[])[];

/**
 * The lowest place above `below` where exactly these rows stand, as an index of `values`; they end where values end.
 */
export const findRows = (values: Values, rows: Rows, below: number): number | undefined =>
  placesOf(values, rows, below, 1)[0];

/** Whether there are more than `most` places, overlapping ones included, where exactly these rows stand. */
export const standMoreOften = (values: Values, rows: Rows, most: number): boolean =>
  placesOf(values, rows, values.length, most + 1).length > most;

export const areSameRows = (one: Rows, other: Rows): boolean =>
  heightOf(one) === heightOf(other) &&
  one.slice(0, heightOf(one)).every((row, index) => isSameRow(row, other[index] ?? []));

/**
 * The first `most` places from below upward, in one pass (Knuth, Morris and Pratt): if each was tried by itself, ten
 * thousand rows that are nearly all alike would take this process half a minute to find, in which it serves nobody.
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

/** Of each beginning of the rows, how many of them begin and also end it, itself left aside. */
const bordersOf = (rows: Rows): readonly number[] => {
  const borders = [0];
  for (const row of rows.slice(1)) borders.push(oneMore(rows, borders, borders.at(-1) ?? 0, row));
  return borders;
};

/** How many of the rows are matched when this one follows so many. */
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
