import { isLeft, left, right, type Either } from '../shared/fp.ts';
import { isLongerThan } from '../shared/text-length.ts';
import { a1Problem, type A1Problem } from './a1-problem.ts';
import { a1Range, asTitle, isCell, LAST_COLUMN, MOST_CELLS, wholeSheet, type A1Range } from './a1-range.ts';
import { meansCell, meansEnd, readReference, type Corner, type Notation } from './a1-reference.ts';
import { splitTitle } from './sheet-title.ts';

type Ends = { readonly start: Corner; readonly end: Corner };

export const LONGEST_RANGE = 1000;

/**
 * Parses a range the way Google does: a bare word is read as A1 notation, then R1C1, then as a title. Ends in the wrong
 * order are swapped if both are complete cells, columns or rows, and refused if one is open; an end beyond every grid
 * is cut. Only Google knows whether the sheet exists and how large it is. R1C1 behaves as measured by brekkylab/backlot
 * (issue 174): offsets count from A1, and `R1C1:R2` ends with a whole row.
 */
export const parseA1 = (text: string): Either<A1Problem, A1Range> => {
  if (text === '') return left(a1Problem('empty-range'));
  if (isLongerThan(text, LONGEST_RANGE)) return left(a1Problem('range-too-long'));
  if (!text.isWellFormed()) return left(a1Problem('broken-text'));
  if (text !== text.trim()) return left(a1Problem('stray-white-space'));
  const parts = splitTitle(text);
  if (isLeft(parts)) return parts;
  const { title, cells } = parts.right;
  if (cells === undefined) return right(asTitle(wholeSheet(title ?? text)));
  if (title === undefined && !meansCells(cells)) return right(wholeSheet(text));
  const ends = parseCells(cells);
  return isLeft(ends) ? ends : right(a1Range(title, ends.right.start, ends.right.end));
};

/** Whether a word without a title before it means cells. `A1:` is a broken range rather than an odd title. */
const meansCells = (word: string): boolean => {
  const ends = word.split(':').map((end) => end.trim());
  return ends.length === 1 ? meansCell(word) : ends.every((end) => end === '' || meansEnd(end));
};

const parseCells = (cells: string): Either<A1Problem, Ends> => {
  const [from = '', to, ...more] = cells.split(':');
  if ([from, to ?? ''].some((end) => end !== end.trim())) return left(a1Problem('stray-white-space'));
  if (more.length > 0) return left(a1Problem('not-a-range'));
  const found = to === undefined ? alone(from) : fromTo(from, to);
  return isLeft(found) ? found : onAnyGrid(found.right);
};

/**
 * In A1 notation a bare column or row is an end of a range but not a range. In R1C1 it is a range, except for a single
 * letter, which means A1.
 */
const alone = (word: string): Either<A1Problem, Ends> => {
  const a1 = readReference(word, 'a1');
  const cell = a1 !== undefined && isCell(a1) ? a1 : readReference(word, 'r1c1');
  if (cell === undefined) return left(a1Problem('not-a-range'));
  const start = word.length === 1 ? { column: 1, row: 1 } : cell;
  return right({ start, end: start });
};

const fromTo = (from: string, to: string): Either<A1Problem, Ends> => {
  for (const notation of NOTATIONS) {
    const [start, end] = [readReference(from, notation), readReference(to, notation)];
    if (start !== undefined && end !== undefined) return between(start, end);
  }
  return left(a1Problem([from, to].every(isReference) ? 'mixed-notation' : 'not-a-range'));
};

const between = (start: Corner, end: Corner): Either<A1Problem, Ends> => {
  if (sameSides(start, end)) return right(inOrder(start, end));
  if (!isCell(start)) return left(a1Problem('not-a-rectangle'));
  return isBefore(end.column, start.column) || isBefore(end.row, start.row)
    ? left(a1Problem('ends-before-start'))
    : right({ start, end });
};

const NOTATIONS: readonly Notation[] = ['a1', 'r1c1'];
const isReference = (word: string): boolean =>
  NOTATIONS.some((notation) => readReference(word, notation) !== undefined);

const sameSides = (one: Corner, other: Corner): boolean =>
  (one.column === undefined) === (other.column === undefined) &&
  (one.row === undefined) === (other.row === undefined);

const inOrder = (one: Corner, other: Corner): Ends => {
  const [left, right] = isBefore(other.column, one.column) ? [other, one] : [one, other];
  const [top, bottom] = isBefore(other.row, one.row) ? [other, one] : [one, other];
  return { start: { column: left.column, row: top.row }, end: { column: right.column, row: bottom.row } };
};

const isBefore = (one: number | undefined, other: number | undefined): boolean =>
  one !== undefined && other !== undefined && one < other;

/** A grid that contains the start has at least `column * row` cells, so none can exist beyond the limit. */
const onAnyGrid = ({ start, end }: Ends): Either<A1Problem, Ends> => {
  const { column = 1, row = 1 } = start;
  if (column < 1 || row < 1 || column * row > MOST_CELLS) return left(a1Problem('off-grid'));
  if (Math.max(column, end.column ?? 1) > LAST_COLUMN) return left(a1Problem('off-grid'));
  const cut = end.row === undefined ? end : { ...end, row: Math.min(end.row, MOST_CELLS) };
  return cellsBetween(start, cut) > MOST_CELLS
    ? left(a1Problem('too-many-cells'))
    : right({ start, end: cut });
};

/** 0 when an end is open. */
const cellsBetween = ({ column = 1, row = 1 }: Corner, end: Corner): number =>
  end.column === undefined || end.row === undefined ? 0 : (end.column - column + 1) * (end.row - row + 1);
