import type { RowsToAppend } from '../../../application/provider-call/operations/sheets-append-operation.ts';
import type { CellsCleared } from '../../../application/provider-call/operations/sheets-clear-operation.ts';
import type {
  CellsOfRange,
  CellsWritten,
} from '../../../application/provider-call/operations/sheets-write-operation.ts';
import type {
  InsertDataOption,
  MajorDimension,
  ValueInputOption,
} from '../../../domain/provider/spreadsheet.ts';
import type { A1Range } from '../../../domain/spreadsheet/a1-range.ts';
import type { Row } from '../../../domain/spreadsheet/cell-values.ts';
import { component, described, listOf, mapped, noted, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { majorDimension, range, spreadsheetId } from './sheets-codecs.ts';
import { oneOf, trueOrFalse } from './values.ts';
import {
  cellsOf,
  mustFit,
  mustFitBelow,
  runsFormulas,
  turned,
  values,
  withValues,
  type How,
} from './written-values.ts';

const MOST_RANGES = 100;

const valueInputOption = oneOf<ValueInputOption>(['RAW', 'USER_ENTERED'], {
  default: 'RAW',
  description:
    'RAW: values are stored as given, texts are not parsed. USER_ENTERED: values are parsed as if typed into the sheet.',
});
const insertDataOption = oneOf<InsertDataOption>(['OVERWRITE', 'INSERT_ROWS'], {
  default: 'OVERWRITE',
  description: 'How rows are added below the table: overwrite existing cells, or insert new rows.',
});
const allowFormulas = noted(
  {
    default: false,
    description:
      'Whether texts that begin like a formula become formulas; otherwise they stay text, and only {"formula": …} cells are formulas. The `config` of the service must allow it too.',
  },
  trueOrFalse,
);
const how = { value_input_option: valueInputOption, allow_formulas: allowFormulas };

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
      formulas: runsFormulas(body, body.values),
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
      mustFitBelow,
    ),
    (body) => {
      const rows = cellsOf(body.values, body);
      return {
        spreadsheetId: body.spreadsheet_id,
        range: body.range,
        rows: body.major_dimension === 'COLUMNS' ? turned(rows) : rows,
        valueInputOption: body.value_input_option ?? 'RAW',
        formulas: runsFormulas(body, body.values),
        insertDataOption: body.insert_data_option,
      };
    },
  ),
);

const data = described(
  'The ranges to write, atomically: all of them, or none.',
  listOf(strictObject({ range, values }, { major_dimension: majorDimension }), { min: 1, max: MOST_RANGES }),
);
export const batchUpdateBody = strictObject({ data }, how);
export const batchUpdateQuery = strictObject({}, queryOptions);
export const batchUpdateCommand: Codec<CellsWritten> = component(
  'SheetsBatchUpdate',
  mapped(
    withValues(strictObject({ spreadsheet_id: spreadsheetId, data }, how), mustFit),
    (body): CellsWritten => ({
      spreadsheetId: body.spreadsheet_id,
      valueInputOption: body.value_input_option ?? 'RAW',
      formulas: runsFormulas(body, ...body.data.map((part) => part.values)),
      data: body.data.map((part) => partOf(part, body)),
    }),
  ),
);

export const clearCommand: Codec<CellsCleared> = mapped(
  strictObject({ spreadsheet_id: spreadsheetId, range }, {}),
  (body) => ({ spreadsheetId: body.spreadsheet_id, range: body.range }),
);
