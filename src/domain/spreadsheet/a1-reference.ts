import { LAST_COLUMN, MOST_CELLS, type Corner } from './a1-range.ts';

/** One side of a range as it is written. */
export type Reference = {
  readonly notation: 'a1' | 'r1c1';
  readonly corner: Corner;
  /** Of the right shape, but of a row or column that no sheet has. */
  readonly offGrid: boolean;
};

const CELL_OR_COLUMN = /^\$?([A-Za-z]+)(?:\$?([0-9]+))?$/;
const ROW = /^\$?([0-9]+)$/;
const ROW_AND_COLUMN = /^R([0-9]+)C([0-9]+)$/i;

export const columnNumber = (letters: string): number =>
  Array.from(letters.toUpperCase()).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);

export const columnLetters = (column: number): string => {
  let letters = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
};

/** NaN, which is on no grid, for leading zeros: whether Google reads A01 as A1 or as a title is not known. */
const counted = (digits: string): number => (digits.startsWith('0') ? Number.NaN : Number(digits));

const onAnyGrid = ({ column = 1, row = 1 }: Corner): boolean => column <= LAST_COLUMN && row <= MOST_CELLS;

const reference = (notation: 'a1' | 'r1c1', corner: Corner): Reference => ({
  notation,
  corner,
  offGrid: !onAnyGrid(corner),
});

/** Undefined when the text is no reference at all. Anchors ("$") mean nothing outside of formulas and are dropped. */
export const readReference = (text: string): Reference | undefined => {
  const [, row, column] = ROW_AND_COLUMN.exec(text) ?? [];
  if (row !== undefined && column !== undefined)
    return reference('r1c1', { column: counted(column), row: counted(row) });
  const [, onlyRow] = ROW.exec(text) ?? [];
  if (onlyRow !== undefined) return reference('a1', { column: undefined, row: counted(onlyRow) });
  const [, letters, digits] = CELL_OR_COLUMN.exec(text) ?? [];
  if (letters === undefined) return undefined;
  return reference('a1', {
    column: columnNumber(letters),
    row: digits === undefined ? undefined : counted(digits),
  });
};

/** Longer words with digits are read as titles, as Google does: columns have three letters at most. */
export const looksLikeCell = (text: string): boolean =>
  /^\$?[A-Za-z]{1,3}\$?[0-9]+$/.test(text) || ROW_AND_COLUMN.test(text);

/** A word that can only be meant as an end of a range when it stands beside a ":". */
export const looksLikeEnd = (text: string): boolean =>
  looksLikeCell(text) || /^\$?[A-Za-z]{1,3}$/.test(text) || ROW.test(text);
