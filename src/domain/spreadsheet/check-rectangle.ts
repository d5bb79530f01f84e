import type { FieldProblem } from '../shared/field-problem.ts';
import { left, right, type Either } from '../shared/fp.ts';
import { isLongerThan } from '../shared/text-length.ts';
import { bytesOf, MOST_BYTES, MOST_CHARACTERS, type Row } from './cell-values.ts';
import { serialOf } from './sheet-date.ts';

export type RectangleRules = {
  /** Where the values stand in the body, such as `/values` or `/data/0/values`. */
  readonly pointer: string;
  /** Formula cells make sense only where values are entered as by a user. */
  readonly formulas: 'allowed' | 'refused';
};

/** Bounds the answer to a body full of mistakes; nobody reads more of them. */
const MOST_PROBLEMS = 200;

/**
 * Values to write, or everything wrong with them at once. Rows of unequal length are refused though Google takes
 * them: mostly a cell was forgotten, and in an append it puts values under the wrong heading. All rows are measured by
 * the first one. At least one cell, since what Google answers to a write of nothing names no range.
 */
export const checkRectangle = (
  values: unknown,
  rules: RectangleRules,
): Either<readonly FieldProblem[], readonly Row[]> => {
  if (!Array.isArray(values)) return left([{ pointer: rules.pointer, detail: 'an array of rows' }]);
  const problems = [...shapeProblems(values, rules), ...cellProblems(values, rules)];
  const rows = values as readonly Row[];
  if (problems.length === 0 && bytesOf(rows) > MOST_BYTES)
    problems.push({ pointer: rules.pointer, detail: `at most ${MOST_BYTES} bytes of JSON` });
  return problems.length > 0 ? left(problems.slice(0, MOST_PROBLEMS)) : right(rows);
};

const shapeProblems = (values: readonly unknown[], { pointer }: RectangleRules): FieldProblem[] => {
  const rows = values.filter((row): row is readonly unknown[] => Array.isArray(row));
  const width = rows[0]?.length ?? 0;
  const problems: FieldProblem[] = [];
  if (rows.length === values.length && rows.every((row) => row.length === 0))
    problems.push({ pointer, detail: 'at least one cell' });
  for (const [index, row] of values.entries()) {
    if (problems.length >= MOST_PROBLEMS) break;
    const at = `${pointer}/${index}`;
    if (!Array.isArray(row)) problems.push({ pointer: at, detail: 'a row is an array of cells' });
    else if (row.length !== width)
      problems.push({
        pointer: at,
        detail: `as many cells as the first row: ${width}, not ${row.length}; null leaves a cell as it is`,
      });
  }
  return problems;
};

const cellProblems = (values: readonly unknown[], rules: RectangleRules): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  for (const [rowIndex, row] of values.entries()) {
    if (!Array.isArray(row)) continue;
    for (const [columnIndex, cell] of (row as readonly unknown[]).entries()) {
      const detail = wrongWith(cell, rules);
      if (detail !== undefined)
        problems.push({ pointer: `${rules.pointer}/${rowIndex}/${columnIndex}`, detail });
      if (problems.length >= MOST_PROBLEMS) return problems;
    }
  }
  return problems;
};

const wrongWith = (cell: unknown, rules: RectangleRules): string | undefined => {
  if (cell === null || typeof cell === 'boolean') return undefined;
  if (typeof cell === 'string') return wrongWithText(cell);
  if (typeof cell === 'number') return Math.abs(cell) <= Number.MAX_SAFE_INTEGER ? undefined : INEXACT;
  return typeof cell === 'object' ? wrongWithTyped(cell, rules) : NO_CELL;
};

/**
 * Beyond it JSON's numbers lose digits before anybody could look at them, as account numbers of 20 digits do, and so do
 * a sheet's. Infinity, as which 1e999 is read, is beyond it too.
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
