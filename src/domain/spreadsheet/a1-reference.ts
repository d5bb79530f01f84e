/** A column, a row, or both, counted from 1. */
export type Corner = { readonly column: number | undefined; readonly row: number | undefined };

export type Notation = 'a1' | 'r1c1';

const CELL_OR_COLUMN = /^\$?([A-Za-z]+)(?:\$?([0-9]+))?$/;
const ROW = /^\$?([0-9]+)$/;
/**
 * What follows the letter of an axis in R1C1 notation: a plain number counts from 1, one in brackets is an offset from
 * cell A1, and nothing means A1's own.
 */
const COUNT = String.raw`(?:([0-9]+)|\[([0-9]+)\])?`;
const R1C1 = new RegExp(`^(R${COUNT})?(C${COUNT})?$`, 'i');

const columnNumber = (letters: string): number =>
  Array.from(letters.toUpperCase()).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);

export const columnLetters = (column: number): string => {
  let letters = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
};

/**
 * One end of a range in the given notation, whether on the grid or beyond; undefined when it is not valid. An axis that
 * is not named is open. Anchors ("$") have no meaning outside formulas and are dropped, as are leading zeros.
 */
export const readReference = (text: string, notation: Notation): Corner | undefined =>
  notation === 'a1' ? readA1(text) : readR1c1(text);

const readA1 = (text: string): Corner | undefined => {
  const [, onlyRow] = ROW.exec(text) ?? [];
  if (onlyRow !== undefined) return { column: undefined, row: Number(onlyRow) };
  const [, letters, row] = CELL_OR_COLUMN.exec(text) ?? [];
  if (letters === undefined) return undefined;
  return { column: columnNumber(letters), row: row === undefined ? undefined : Number(row) };
};

const readR1c1 = (text: string): Corner | undefined => {
  const [whole, r, row, down, c, column, across] = R1C1.exec(text) ?? [];
  if (whole === undefined || whole === '') return undefined;
  return { column: counted(c, column, across), row: counted(r, row, down) };
};

const counted = (axis: string | undefined, number = '1', offset?: string): number | undefined => {
  if (axis === undefined) return undefined;
  return offset === undefined ? Number(number) : Number(offset) + 1;
};

/** Longer words with digits are read as titles, as Google does, since columns have at most three letters. */
export const looksLikeCell = (text: string): boolean =>
  /^\$?[A-Za-z]{1,3}\$?[0-9]+$/.test(text) || /^R[0-9]+C[0-9]+$/i.test(text);

/**
 * For a word that stands alone: a cell in either notation takes precedence over a title; a bare column or row is
 * neither.
 */
export const meansCell = (word: string): boolean => looksLikeCell(word) || readR1c1(word) !== undefined;

/** A word that can only be an end of a range when it stands beside a ":". */
export const meansEnd = (word: string): boolean =>
  meansCell(word) || /^\$?[A-Za-z]{1,3}$/.test(word) || ROW.test(word);
