import * as t from 'io-ts';
import type { InputProblem } from '../../../application/input-problem.ts';
import type { RowsToAppend } from '../../../application/provider-call/sheets-append-operation.ts';
import type { CellsCleared } from '../../../application/provider-call/sheets-clear-operation.ts';
import type {
  CellsOfRange,
  CellsWritten,
} from '../../../application/provider-call/sheets-write-operation.ts';
import type {
  InsertDataOption,
  MajorDimension,
  ValueInputOption,
} from '../../../domain/provider/spreadsheet.ts';
import type { A1Range } from '../../../domain/spreadsheet/a1-range.ts';
import type { Row, ScalarRow } from '../../../domain/spreadsheet/cell-values.ts';
import { checkRectangle } from '../../../domain/spreadsheet/check-rectangle.ts';
import { guardFormulas, plainScalars } from '../../../domain/spreadsheet/formula-guard.ts';
import { misfit } from '../../../domain/spreadsheet/misfit.ts';
import type { RangeSize } from '../../../domain/spreadsheet/range-size.ts';
import { isLeft, isRight, right } from '../../../domain/shared/fp.ts';
import { codecOf, component, leaf, listOf, mapped, noted, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { majorDimension, range, spreadsheetId } from './sheets-codecs.ts';
import { oneOf, trueOrFalse } from './values.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';

const MOST_RANGES = 100;

const CELL = {
  anyOf: [
    { type: ['string', 'number', 'boolean', 'null'] },
    { type: 'object', properties: { formula: { type: 'string' } }, required: ['formula'] },
    { type: 'object', properties: { date: { type: 'string' } }, required: ['date'] },
  ],
};
/** Judged together with the options they stand beside; here they are only described. */
const values = leaf<readonly Row[]>(
  {
    type: 'array',
    items: { type: 'array', items: CELL },
    description:
      'Lines of cells: a text, a number, true or false; null leaves a cell as it is, "" empties it. {"date": "2026-01-31"} becomes a date; {"formula": "=A1"} is for USER_ENTERED with `allow_formulas`.',
  },
  (input) => right(input as readonly Row[]),
);

const valueInputOption = oneOf<ValueInputOption>(['RAW', 'USER_ENTERED'], {
  default: 'RAW',
  description: 'RAW: as given, no text is read as anything else. USER_ENTERED: as if typed into the sheet.',
});
const insertDataOption = oneOf<InsertDataOption>(['OVERWRITE', 'INSERT_ROWS'], { default: 'OVERWRITE' });
const allowFormulas = noted(
  {
    default: false,
    description:
      'Whether texts that begin like a formula become one; without it they stay text. The `config` of the service has to allow it too.',
  },
  trueOrFalse,
);
const how = { value_input_option: valueInputOption, allow_formulas: allowFormulas };
type How = { readonly value_input_option?: ValueInputOption; readonly allow_formulas?: boolean };

const allowsFormulas = (body: unknown): boolean =>
  isJsonObject(body) && body['value_input_option'] === 'USER_ENTERED' && body['allow_formulas'] === true;

/** What is sent: typed as by a user, a text that begins like a formula is kept a text unless formulas are allowed. */
const cellsOf = (rows: readonly Row[], given: How): readonly ScalarRow[] =>
  given.value_input_option === 'USER_ENTERED' && given.allow_formulas !== true
    ? plainScalars(guardFormulas(rows))
    : plainScalars(rows);

/** Values of a body, and where they stand. `range` as it came, to see whether they fit. */
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

/** What else must be true of values that are well-formed. */
type Rule = (place: Place, rows: readonly Row[]) => readonly InputProblem[];

/** The inner codec's problems, and all that is wrong with the values beside them. */
const withValues = <A>(inner: Codec<A>, rule: Rule): Codec<A> =>
  codecOf<A>(
    (input, context) => {
      const decoded = inner.validate(input, context);
      const formulas = allowsFormulas(input) ? 'allowed' : 'refused';
      const errors = placesOf(input)
        .flatMap((place) => problemsOf(place, formulas, rule))
        .map((problem) => errorAt(context, problem));
      if (isRight(decoded)) return errors.length > 0 ? t.failures(errors) : decoded;
      return t.failures([...decoded.left, ...errors]);
    },
    (describe) => describe(inner),
  );

const problemsOf = (place: Place, formulas: 'allowed' | 'refused', rule: Rule): readonly InputProblem[] => {
  const rows = checkRectangle(place.values, { pointer: `${place.pointer}/values`, formulas });
  return isLeft(rows) ? rows.left : rule(place, rows.right);
};

const errorAt = (context: t.Context, { pointer, detail }: InputProblem): t.ValidationError => ({
  value: undefined,
  context: pointer
    .split('/')
    .slice(1)
    .reduce<t.Context>((inside, key) => t.appendContext(inside, key, t.unknown), context),
  message: detail,
});

const isIn = (columns: boolean, rows: readonly Row[]): RangeSize => {
  const [lines, longest] = [rows.length, rows[0]?.length ?? 0];
  return columns ? { rows: longest, columns: lines } : { rows: lines, columns: longest };
};

/** Of a range that can be read: what is wrong with it otherwise is told by its own codec. */
const mustFit: Rule = ({ pointer, range: text, major }, rows) => {
  const read = range.decode(text);
  const detail = isLeft(read) ? undefined : misfit(read.right, isIn(major === 'COLUMNS', rows));
  return detail === undefined ? [] : [{ pointer: `${pointer}/range`, detail }];
};

/** Google leaves such a row out, and nobody could tell any more which rows are whose. */
const mustHoldSomething: Rule = ({ pointer, major }, rows) =>
  (major === 'COLUMNS' ? turned(rows) : rows).flatMap((row, i) =>
    row.every((cell) => cell === null)
      ? [
          {
            pointer: major === 'COLUMNS' ? `${pointer}/values` : `${pointer}/values/${i}`,
            detail: 'a row with a cell that is not null',
          },
        ]
      : [],
  );

/** Columns as rows; all have the same length. */
const turned = (lines: readonly Row[]): readonly Row[] =>
  (lines[0] ?? []).map((_, i) => lines.map((line) => line[i] ?? null));

const writeFields = { values };
const writeOptions = { ...how, major_dimension: majorDimension };
type Part = {
  readonly range: A1Range;
  readonly values: readonly Row[];
  readonly major_dimension?: MajorDimension;
};

const partOf = (part: Part, given: How): CellsOfRange => ({
  range: part.range,
  majorDimension: part.major_dimension ?? 'ROWS',
  values: cellsOf(part.values, given),
});

export const writeBody = strictObject(writeFields, writeOptions);
const queryOptions = { value_input_option: valueInputOption };
export const writeQuery = strictObject({}, { ...queryOptions, major_dimension: majorDimension });
export const writeCommand: Codec<CellsWritten> = component(
  'SheetsWrite',
  mapped(
    withValues(strictObject({ spreadsheet_id: spreadsheetId, range, ...writeFields }, writeOptions), mustFit),
    (body): CellsWritten => ({
      spreadsheetId: body.spreadsheet_id,
      valueInputOption: body.value_input_option ?? 'RAW',
      formulas: allowsFormulas(body),
      data: [partOf(body, body)],
    }),
  ),
);

const appendOptions = { ...writeOptions, insert_data_option: insertDataOption };
export const appendBody = strictObject(writeFields, appendOptions);
export const appendQuery = strictObject(
  {},
  { ...queryOptions, major_dimension: majorDimension, insert_data_option: insertDataOption },
);
export const appendCommand: Codec<RowsToAppend> = component(
  'SheetsAppend',
  mapped(
    withValues(
      strictObject({ spreadsheet_id: spreadsheetId, range, ...writeFields }, appendOptions),
      mustHoldSomething,
    ),
    (body) => {
      const rows = cellsOf(body.values, body);
      return {
        spreadsheetId: body.spreadsheet_id,
        range: body.range,
        rows: body.major_dimension === 'COLUMNS' ? (turned(rows) as readonly ScalarRow[]) : rows,
        valueInputOption: body.value_input_option ?? 'RAW',
        formulas: allowsFormulas(body),
        insertDataOption: body.insert_data_option,
      };
    },
  ),
);

const data = listOf(strictObject({ range, values }, { major_dimension: majorDimension }), {
  min: 1,
  max: MOST_RANGES,
});
export const batchUpdateBody = strictObject({ data }, how);
export const batchUpdateQuery = strictObject({}, queryOptions);
export const batchUpdateCommand: Codec<CellsWritten> = component(
  'SheetsBatchUpdate',
  mapped(
    withValues(strictObject({ spreadsheet_id: spreadsheetId, data }, how), mustFit),
    (body): CellsWritten => ({
      spreadsheetId: body.spreadsheet_id,
      valueInputOption: body.value_input_option ?? 'RAW',
      formulas: allowsFormulas(body),
      data: body.data.map((part) => partOf(part, body)),
    }),
  ),
);

export const clearCommand: Codec<CellsCleared> = mapped(
  strictObject({ spreadsheet_id: spreadsheetId, range }, {}),
  (body) => ({ spreadsheetId: body.spreadsheet_id, range: body.range }),
);
