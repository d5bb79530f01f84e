import { isDate, isFormula, type Cell, type Row, type Scalar, type ScalarRow } from './cell-values.ts';
import { serialOf } from './sheet-date.ts';

const MINUS = '\u2212';
/**
 * Characters that begin a formula in Google Sheets, or in a spreadsheet program that opens an export of the sheet (CSV
 * injection). They count also behind white space, control and zero-width characters, which a reader may drop first, and
 * in every form that Unicode treats as the same character (full-width, small, superscript).
 */
const FORMULA_SIGNS = new Set(['=', '+', '-', '@', MINUS]);
const UNSEEN_START = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/u;
const BREAKS_AT_START = /^[\t\r\n]/;
/**
 * Digits, optionally grouped, with or without a fraction and an exponent. Which character separates groups depends on
 * the spreadsheet's locale. Groups have three digits each, which no date has.
 */
const NUMBER = /^(\d[\d\s]*|\d{1,3}(?:([.,'’])\d{3})(?:\2\d{3})*)(?:[.,]\d*)?(?:e[+-]?\d+)?$/i;
/** Read as a date in locales that write dates this way, including leading zeros. */
const DAY_AND_MONTH = /^(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])$/;
/** A double precision number, and therefore a cell, holds no more digits; account numbers have 20. */
const MOST_DIGITS = 15;

/**
 * Prepares rows for `USER_ENTERED`: prefixes an apostrophe to every string that would be evaluated as a formula, or
 * that would lose characters as a number: a leading plus or zeros (phone numbers, codes), or more than 15 digits
 * (account numbers). Google takes the apostrophe as "text" and does not store it, so the cell reads back as the string
 * that was sent.
 *
 * All other strings are interpreted as if typed (dates, percentages, TRUE), which is what `USER_ENTERED` asks for;
 * `RAW` keeps every string. A string with an apostrophe of the caller's own is text already. Numbers, booleans and
 * typed cells are never changed: `{"formula": …}` is the way to write a formula.
 */
export const guardFormulas = (rows: readonly Row[]): readonly Row[] => guarded(rows, needsGuard);

/** The same where formulas are allowed in every text: only codes and account numbers are still protected. */
export const guardDigits = (rows: readonly Row[]): readonly Row[] =>
  guarded(rows, (text) => losesDigits(text.trim()));

const guarded = (rows: readonly Row[], needs: (text: string) => boolean): readonly Row[] =>
  rows.map((row) => row.map((cell) => (typeof cell === 'string' && needs(cell) ? `'${cell}` : cell)));

export const needsGuard = (text: string): boolean =>
  BREAKS_AT_START.test(text) || beginsFormula(text) || losesDigits(text.trim());

/**
 * Normalises only the first character: normalising the whole text would combine "=" with a following stroke into a
 * different character.
 */
const beginsFormula = (text: string): boolean => {
  const [first] = text.replace(UNSEEN_START, '');
  return first !== undefined && FORMULA_SIGNS.has(first.normalize('NFKC').charAt(0));
};

const losesDigits = (text: string): boolean => {
  const [, whole] = NUMBER.exec(text) ?? [];
  if (whole === undefined || DAY_AND_MONTH.test(text)) return false;
  const digits = whole.replaceAll(/\D/g, '').length;
  return digits > MOST_DIGITS || (digits > 1 && text.startsWith('0'));
};

/** Converts typed cells to the values that are sent to Google. */
export const plainScalars = (rows: readonly Row[]): readonly ScalarRow[] =>
  rows.map((row) => row.map(plainScalar));

const plainScalar = (cell: Cell): Scalar => {
  if (isFormula(cell)) return cell.formula;
  if (!isDate(cell)) return cell;
  const serial = serialOf(cell.date);
  if (serial === undefined) throw new Error('a date cell is checked before it is written');
  return serial;
};
