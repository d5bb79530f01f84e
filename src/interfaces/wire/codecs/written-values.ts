import * as t from 'io-ts';
import type { ValueInputOption } from '../../../domain/provider/spreadsheet.ts';
import {
  isFormula,
  MOST_CHARACTERS,
  type Row,
  type ScalarRow,
} from '../../../domain/spreadsheet/cell-values.ts';
import type { FieldProblem } from '../../../domain/shared/field-problem.ts';
import { checkRectangle, isRectangle } from '../../../domain/spreadsheet/check-rectangle.ts';
import { guardDigits, guardFormulas, plainScalars } from '../../../domain/spreadsheet/formula-guard.ts';
import { misfit, misfitBelow } from '../../../domain/spreadsheet/misfit.ts';
import type { RangeSize } from '../../../domain/spreadsheet/range-size.ts';
import { ISO_DATE } from '../../../domain/spreadsheet/sheet-date.ts';
import { firstProblems, type FirstProblems } from '../../../domain/shared/first-problems.ts';
import { isLeft, isRight, right } from '../../../domain/shared/fp.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';
import { codecOf, leaf, type Codec } from './codec.ts';
import { majorDimension, range } from './sheets-codecs.ts';

const CELL = {
  anyOf: [
    {
      type: ['string', 'number', 'boolean', 'null'],
      maxLength: MOST_CHARACTERS,
      minimum: -Number.MAX_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
    },
    {
      type: 'object',
      properties: {
        formula: {
          type: 'string',
          pattern: '^=',
          maxLength: MOST_CHARACTERS,
          description: 'A formula, such as `=A1`.',
        },
      },
      required: ['formula'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        date: {
          type: 'string',
          pattern: ISO_DATE.source,
          description:
            'A date (`2026-01-31`) or a date and time (`2026-01-31T09:30:00`) in the years 1583 to 9999, in the time zone of the spreadsheet.',
        },
      },
      required: ['date'],
      additionalProperties: false,
    },
  ],
};
/** Only described here, since values are checked together with the options beside them. */
export const values = leaf<readonly Row[]>(
  {
    type: 'array',
    minItems: 1,
    items: { type: 'array', minItems: 1, items: CELL },
    description:
      'Lines of cells, all of the same length. A cell is a text, a number, true or false; null leaves the cell unchanged, "" empties it. {"date": "2026-01-31"} is written as the serial number of the day, 46053, and shown as a date if the cell has a date format; {"formula": "=A1"} requires USER_ENTERED, and the `config` of the service must allow it.',
  },
  (input) => right(input as readonly Row[]),
);

export type How = { readonly value_input_option?: ValueInputOption; readonly allow_formulas?: boolean };

/** Only input treated as typed by a user can be a formula. */
const isTypedIn = (body: unknown): boolean =>
  isJsonObject(body) && body['value_input_option'] === 'USER_ENTERED';

/** Whether any cell may become a formula: each cell that says so, or any text that begins like one. */
export const runsFormulas = (given: How, ...all: readonly (readonly Row[])[]): boolean =>
  isTypedIn(given) &&
  (given.allow_formulas === true || all.some((rows) => rows.some((row) => row.some(isFormula))));

/**
 * The cells as sent. For input treated as typed by a user, a text that begins like a formula is protected unless
 * formulas are allowed, and a number that would lose digits always is.
 */
export const cellsOf = (rows: readonly Row[], given: How): readonly ScalarRow[] => {
  if (!isTypedIn(given)) return plainScalars(rows);
  return plainScalars(given.allow_formulas === true ? guardDigits(rows) : guardFormulas(rows));
};

/** Values in a body, and where they are. `range` as it came, to check whether they fit. */
type Place = {
  readonly pointer: string;
  readonly values: unknown;
  readonly range: unknown;
  readonly major: unknown;
};

const placesOf = (body: unknown): readonly Place[] => {
  if (!isJsonObject(body)) return [];
  const place = (of: { readonly [name: string]: unknown }, pointer: string): readonly Place[] =>
    Object.hasOwn(of, 'values')
      ? [{ pointer, values: of['values'], range: of['range'], major: of['major_dimension'] }]
      : [];
  const { data } = body;
  return Array.isArray(data)
    ? data.flatMap((part: unknown, i) => (isJsonObject(part) ? place(part, `/data/${i}`) : []))
    : place(body, '');
};

/** A further rule for values, checked as far as possible despite other problems. */
type Rule = (place: Place) => FirstProblems;

/** The problems of the inner codec, together with all problems of the values. */
export const withValues = <A>(inner: Codec<A>, rule: Rule): Codec<A> =>
  codecOf<A>(
    (input, context) => {
      const decoded = inner.validate(input, context);
      const formulas = isTypedIn(input) ? 'allowed' : 'refused';
      const errors = placesOf(input)
        .flatMap((place) => problemsOf(place, formulas, rule))
        .flatMap((found) => errorsOf(context, found));
      if (isRight(decoded)) return errors.length > 0 ? t.failures(errors) : decoded;
      return t.failures([...decoded.left, ...errors]);
    },
    (describe) => describe(inner),
  );

const problemsOf = (place: Place, formulas: 'allowed' | 'refused', rule: Rule): readonly FirstProblems[] => {
  const rows = checkRectangle(place.values, { pointer: `${place.pointer}/values`, formulas });
  return [...(isLeft(rows) ? [rows.left] : []), ...(isKnown(place.major) ? [rule(place)] : [])];
};

/** With an invalid dimension it is unknown which way the values were meant to lie. */
const isKnown = (major: unknown): boolean => major === undefined || isRight(majorDimension.decode(major));

/** One error for each problem; those that are only counted follow without details. */
const errorsOf = (context: t.Context, { problems, more }: FirstProblems): readonly t.ValidationError[] => [
  ...problems.map((problem) => errorAt(context, problem)),
  ...Array.from({ length: more }, () => COUNTED),
];
const COUNTED: t.ValidationError = { value: undefined, context: [] };

const errorAt = (context: t.Context, { pointer, detail }: FieldProblem): t.ValidationError => ({
  value: undefined,
  context: pointer
    .split('/')
    .slice(1)
    .reduce<t.Context>((inside, key) => t.appendContext(inside, key, t.unknown), context),
  message: detail,
});

const sizeOf = (lines: readonly (readonly unknown[])[], major: unknown): RangeSize => {
  const [count, length] = [lines.length, lines[0]?.length ?? 0];
  return major === 'COLUMNS' ? { rows: length, columns: count } : { rows: count, columns: length };
};

/** Whether values fit a valid range; problems of the range itself are reported by its own codec. */
const fitting =
  (misfitOf: typeof misfit): Rule =>
  ({ pointer, values: lines, range: text, major }) => {
    const list = firstProblems();
    const read = range.decode(text);
    const detail =
      isLeft(read) || !isRectangle(lines) ? undefined : misfitOf(read.right, sizeOf(lines, major));
    if (detail !== undefined) list.add(() => `${pointer}/range`, detail);
    return list.found();
  };
export const mustFit = fitting(misfit);
/**
 * Appended rows must fit into a sheet, or those of others in the same call would have to be told apart by trial, one
 * call per guess.
 */
export const mustFitBelow: Rule = (place) => {
  const [range, rows] = [fitting(misfitBelow)(place), mustHoldSomething(place)];
  return { problems: [...range.problems, ...rows.problems], more: range.more + rows.more };
};

/** Google omits an empty row, and then nobody could tell which rows belong to whom. */
const mustHoldSomething: Rule = ({ pointer, values: lines, major }) => {
  const list = firstProblems();
  const isTurned = major === 'COLUMNS';
  for (const [i, row] of (isTurned ? rowsAcross(lines) : rowsIn(lines)).entries())
    if (isNothing(row))
      list.add(() => `${pointer}/values${isTurned ? '' : `/${i}`}`, 'a row with a cell that is not null');
  return list.found();
};

const rowsIn = (lines: unknown): readonly unknown[] => (Array.isArray(lines) ? lines : []);
/** With columns, the cells of a row are known only if all columns have the same length. */
const rowsAcross = (lines: unknown): readonly unknown[] => (isRectangle(lines) ? turned(lines) : []);
const isNothing = (row: unknown): boolean =>
  Array.isArray(row) && row.length > 0 && row.every((cell) => cell === null);

/** Columns as rows; all must have the same length. */
export const turned = <C>(lines: readonly (readonly C[])[]): readonly (readonly C[])[] =>
  (lines[0] ?? []).map((_, i) => lines.flatMap((line) => line.slice(i, i + 1)));
