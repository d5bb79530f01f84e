import { firstProblems, type FirstProblems, type ProblemList } from '../shared/first-problems.ts';
import { left, right, type Either } from '../shared/fp.ts';
import { isLongerThan } from '../shared/text-length.ts';
import { bytesOf, MOST_BYTES, MOST_CHARACTERS, type Row } from './cell-values.ts';
import { serialOf } from './sheet-date.ts';

export type RectangleRules = {
  /** JSON pointer to the values in the body, such as `/values` or `/data/0/values`. */
  readonly pointer: string;
  /** Formula cells only make sense with USER_ENTERED. */
  readonly formulas: 'allowed' | 'refused';
};

/**
 * Validates values to write and reports all problems together. Rows of different lengths are refused although Google
 * accepts them: usually a cell was forgotten, and in an append the values would land under the wrong headings. All rows
 * are compared with the first. At least one cell is required, since Google's answer to an empty write names no range.
 */
export const checkRectangle = (
  values: unknown,
  rules: RectangleRules,
): Either<FirstProblems, readonly Row[]> => {
  const list = firstProblems();
  if (Array.isArray(values)) {
    addShapeProblems(list, values, rules);
    addCellProblems(list, values, rules);
  } else list.add(() => rules.pointer, 'an array of rows');
  const rows = values as readonly Row[];
  if (list.found().problems.length === 0 && bytesOf(rows) > MOST_BYTES)
    list.add(() => rules.pointer, `at most ${MOST_BYTES} bytes of JSON`);
  const found = list.found();
  return found.problems.length > 0 ? left(found) : right(rows);
};

/** Whether the values form a rectangle, whatever the cells contain. */
export const isRectangle = (values: unknown): values is readonly (readonly unknown[])[] => {
  if (!Array.isArray(values)) return false;
  const rows: readonly unknown[] = values;
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  return width > 0 && rows.every((row) => Array.isArray(row) && row.length === width);
};

const addShapeProblems = (
  list: ProblemList,
  values: readonly unknown[],
  { pointer }: RectangleRules,
): void => {
  const rows = values.filter((row): row is readonly unknown[] => Array.isArray(row));
  const width = rows[0]?.length ?? 0;
  if (rows.length === values.length && rows.every((row) => row.length === 0))
    list.add(() => pointer, 'at least one cell');
  for (const [index, row] of values.entries()) {
    const at = () => `${pointer}/${index}`;
    if (!Array.isArray(row)) list.add(at, 'a row is an array of cells');
    else if (row.length !== width)
      list.add(
        at,
        `as many cells as the first row: ${width}, not ${row.length}; null leaves a cell as it is`,
      );
  }
};

const addCellProblems = (list: ProblemList, values: readonly unknown[], rules: RectangleRules): void => {
  for (const [rowIndex, row] of values.entries()) {
    if (!Array.isArray(row)) continue;
    for (const [columnIndex, cell] of (row as readonly unknown[]).entries()) {
      const detail = wrongWith(cell, rules);
      if (detail !== undefined) list.add(() => `${rules.pointer}/${rowIndex}/${columnIndex}`, detail);
    }
  }
};

const wrongWith = (cell: unknown, rules: RectangleRules): string | undefined => {
  if (cell === null || typeof cell === 'boolean') return undefined;
  if (typeof cell === 'string') return wrongWithText(cell);
  if (typeof cell === 'number') return Math.abs(cell) <= Number.MAX_SAFE_INTEGER ? undefined : INEXACT;
  return typeof cell === 'object' ? wrongWithTyped(cell, rules) : NO_CELL;
};

/**
 * Beyond it, JSON numbers lose digits before anybody can check them (20-digit account numbers do), and so do the
 * numbers of a spreadsheet. This includes 1e999, which is parsed as Infinity.
 */
const INEXACT = `a number between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}: send longer ones as text, which keeps every digit`;
const NO_CELL = 'a string, number, boolean, null, {"date": "2026-01-31"} or {"formula": "=A1"}';

const wrongWithText = (text: string): string | undefined => {
  if (isLongerThan(text, MOST_CHARACTERS)) return `at most ${MOST_CHARACTERS} characters`;
  return text.isWellFormed() ? undefined : 'well-formed Unicode text';
};

const wrongWithTyped = (cell: object, { formulas }: RectangleRules): string | undefined => {
  const [entry, ...more] = Object.entries(cell);
  if (entry === undefined || more.length > 0 || Array.isArray(cell)) return NO_CELL;
  const [type, text] = entry as [string, unknown];
  if ((type !== 'formula' && type !== 'date') || typeof text !== 'string') return NO_CELL;
  if (type === 'date')
    return serialOf(text) === undefined
      ? 'a date such as 2026-01-31 or 2026-01-31T09:30:00, from the years 1583 to 9999, without a time zone'
      : undefined;
  if (formulas === 'refused') return 'a formula needs "value_input_option": "USER_ENTERED"';
  return text.startsWith('=') ? wrongWithText(text) : 'a formula begins with "="';
};
