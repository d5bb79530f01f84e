import { isLeft, left, right, type Either } from '../shared/fp.ts';
import { a1Problem, type A1Problem } from './a1-problem.ts';
import { a1Range, isCell, MOST_CELLS, wholeSheet, type A1Range, type Corner } from './a1-range.ts';
import { looksLikeCell, looksLikeEnd, readReference, type Reference } from './a1-reference.ts';
import { splitTitle } from './sheet-title.ts';

type Ends = { readonly start: Corner; readonly end: Corner };

const LONGEST_TEXT = 1000;

/**
 * The range that a text names, as Google reads it; a bare word is read as A1, then R1C1, then a title. Whether the
 * sheet exists and how large it is only Google knows. Ends in the wrong order are put right where both are whole
 * cells, columns or rows, and refused where one is open.
 */
export const parseA1 = (text: string): Either<A1Problem, A1Range> => {
  if (text === '') return left(a1Problem('empty-range'));
  if (text.length > LONGEST_TEXT) return left(a1Problem('range-too-long'));
  if (!text.isWellFormed()) return left(a1Problem('broken-text'));
  if (text !== text.trim()) return left(a1Problem('stray-white-space'));
  const parts = splitTitle(text);
  if (isLeft(parts)) return parts;
  const { title, cells } = parts.right;
  if (cells === undefined || (title === undefined && !meansCells(cells)))
    return right(wholeSheet(title ?? text));
  const ends = parseCells(cells);
  return isLeft(ends) ? ends : right(a1Range(title, ends.right.start, ends.right.end));
};

/** Of a word without a title before it. `A1:` is a broken range rather than an odd title. */
const meansCells = (word: string): boolean => {
  const ends = word.split(':').map((end) => end.trim());
  if (ends.length === 1) return looksLikeCell(word);
  return ends.every((end) => end === '' || looksLikeEnd(end));
};

const parseCells = (cells: string): Either<A1Problem, Ends> => {
  const ends = cells.split(':');
  if (ends.some((end) => end !== end.trim())) return left(a1Problem('stray-white-space'));
  const [from, to, ...more] = ends.map(readReference);
  if (from === undefined || more.length > 0 || (ends.length === 2 && to === undefined))
    return left(a1Problem('not-a-range'));
  if (from.offGrid || to?.offGrid === true) return left(a1Problem('off-grid'));
  const found = to === undefined ? oneCell(from) : fromTo(from, to);
  return isLeft(found) ? found : withinLimits(found.right);
};

/** A bare column or row is an end of a range, not a range. */
const oneCell = ({ corner }: Reference): Either<A1Problem, Ends> =>
  isCell(corner) ? right({ start: corner, end: corner }) : left(a1Problem('not-a-range'));

const fromTo = (from: Reference, to: Reference): Either<A1Problem, Ends> => {
  if (from.notation !== to.notation) return left(a1Problem('mixed-notation'));
  const [start, end] = [from.corner, to.corner];
  const alike = sameSides(start, end);
  if (!alike && !isCell(start)) return left(a1Problem('not-a-rectangle'));
  if (alike) return right(inOrder(start, end));
  return isBefore(end.column, start.column) || isBefore(end.row, start.row)
    ? left(a1Problem('ends-before-start'))
    : right({ start, end });
};

const isBefore = (one: number | undefined, other: number | undefined): boolean =>
  one !== undefined && other !== undefined && one < other;

const sameSides = (one: Corner, other: Corner): boolean =>
  (one.column === undefined) === (other.column === undefined) &&
  (one.row === undefined) === (other.row === undefined);

const inOrder = (one: Corner, other: Corner): Ends => {
  const [left, right] = isBefore(other.column, one.column) ? [other, one] : [one, other];
  const [top, bottom] = isBefore(other.row, one.row) ? [other, one] : [one, other];
  return { start: { column: left.column, row: top.row }, end: { column: right.column, row: bottom.row } };
};

/** A grid that reaches to the start holds at least `column * row` cells, so beyond the limit there is none. */
const withinLimits = (ends: Ends): Either<A1Problem, Ends> => {
  const { start, end } = ends;
  if ((start.column ?? 1) * (start.row ?? 1) > MOST_CELLS) return left(a1Problem('off-grid'));
  if (end.column === undefined || end.row === undefined) return right(ends);
  const cells = (end.column - (start.column ?? 1) + 1) * (end.row - (start.row ?? 1) + 1);
  return cells > MOST_CELLS ? left(a1Problem('too-many-cells')) : right(ends);
};
