import { isDate, isFormula, type Cell, type Row, type Scalar, type ScalarRow } from './cell-values.ts';
import { serialOf } from './sheet-date.ts';

const MINUS = '\u2212';
/**
 * Signs that begin a formula in Google Sheets or in a table program that opens an export of the sheet. Seen after
 * white space, controls and signs of no width, since a reader may drop those first, and in every form that Unicode
 * calls the same sign (full-width, small, raised).
 */
const FORMULA_SIGNS = new Set(['=', '+', '-', '@', MINUS]);
const UNSEEN_START = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/u;
const BREAKS_AT_START = /^[\t\r\n]/;
/**
 * Digits, perhaps in groups, with or without a fraction and an exponent. Which sign parts groups the spreadsheet's
 * locale says; of three digits each, as no date has them.
 */
const NUMBER = /^(\d[\d\s]*|\d{1,3}(?:([.,'’])\d{3})(?:\2\d{3})*)(?:[.,]\d*)?(?:e[+-]?\d+)?$/i;
/** Read as a date where people write dates so, zeros and all. */
const DAY_AND_MONTH = /^(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])$/;
/** A double keeps no more, and neither does a cell: account numbers have 20. */
const MOST_DIGITS = 15;

/**
 * Rows to write as `USER_ENTERED` with an apostrophe before every string that would be run as a formula, or that
 * would lose signs as a number: a leading plus or zeros (phones, codes), or more than 15 digits (accounts). Google
 * takes the apostrophe as "text" and does not store it, so the cell reads back as the string that was sent.
 *
 * All other strings are read as if typed (dates, percentages, TRUE): that is what `USER_ENTERED` asks for, `RAW` keeps
 * every string. A string with an apostrophe of the caller's own is text already. Numbers, booleans and typed cells
 * are never touched: `{"formula": …}` is how a caller says that a formula is meant.
 */
export const guardFormulas = (rows: readonly Row[]): readonly Row[] => guarded(rows, needsGuard);

/** The same where every text may be a formula: a code keeps its zeros, and an account its digits, all the same. */
export const guardDigits = (rows: readonly Row[]): readonly Row[] =>
  guarded(rows, (text) => losesDigits(text.trim()));

const guarded = (rows: readonly Row[], needs: (text: string) => boolean): readonly Row[] =>
  rows.map((row) => row.map((cell) => (typeof cell === 'string' && needs(cell) ? `'${cell}` : cell)));

export const needsGuard = (text: string): boolean =>
  BREAKS_AT_START.test(text) || beginsFormula(text) || losesDigits(text.trim());

/** Sign by sign: normalised as a whole, "=" and a stroke after it would become one other sign. */
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

/** Typed cells as what Google is sent for them. */
export const plainScalars = (rows: readonly Row[]): readonly ScalarRow[] =>
  rows.map((row) => row.map(plainScalar));

const plainScalar = (cell: Cell): Scalar => {
  if (isFormula(cell)) return cell.formula;
  if (!isDate(cell)) return cell;
  const serial = serialOf(cell.date);
  if (serial === undefined) throw new Error('a date cell is checked before it is written');
  return serial;
};
