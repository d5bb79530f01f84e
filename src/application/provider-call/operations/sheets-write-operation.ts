import type {
  MajorDimension,
  Spreadsheet,
  UpdatedRange,
  ValueInputOption,
  WriteAnswer,
  WrittenCell,
} from '../../../domain/provider/spreadsheet.ts';
import type { A1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../../domain/spreadsheet/format-a1.ts';
import { left } from '../../../domain/shared/fp.ts';
import type { Json } from '../../../domain/shared/json.ts';
import { asOneWriter } from '../../spreadsheet/one-writer.ts';
import { prepared } from '../../spreadsheet/prepared.ts';
import { leavesRaggedCells } from '../../spreadsheet/ragged-edges.ts';
import type { TurnDeps } from '../../spreadsheet/turn-and-place.ts';
import { sheetsEndpoint } from './endpoints.ts';
import type { Operation } from '../operation.ts';
import {
  askedOf,
  formulasRefused,
  spreadsheetBasics,
  writeBasics,
  type MayRunFormulas,
  type Spreadsheets,
} from './spreadsheet-operation.ts';

export type CellsOfRange = {
  readonly range: A1Range;
  readonly majorDimension: MajorDimension;
  readonly values: readonly (readonly WrittenCell[])[];
};
export type CellsWritten = MayRunFormulas & {
  readonly spreadsheetId: string;
  readonly valueInputOption: ValueInputOption;
  readonly data: readonly CellsOfRange[];
};

/** Writes values into given cells. Idempotent: repeated, it writes the same values to the same cells. */
export const sheetsWriteOperation = (
  name: 'sheets_write' | 'sheets_batch_update',
  spreadsheets: Spreadsheets,
  deps: TurnDeps,
): Operation<CellsWritten, WriteAnswer> => ({
  ...spreadsheetBasics,
  ...writeBasics,
  name,
  writes: 'repeatable',
  endpoint: sheetsEndpoint(name === 'sheets_write' ? 'write' : 'batchUpdate'),
  auditRequest: ({ spreadsheetId, valueInputOption, data }) => ({
    spreadsheet_id: spreadsheetId,
    value_input_option: valueInputOption,
    data: data.map(shapeOf),
  }),
  auditResponse: updatesOutline,
  auditOutline: updatesOutline,
  ask: askedOf(spreadsheets, async (spreadsheet, access, request, leave) => {
    const refused = formulasRefused(access, request);
    if (refused !== undefined) return left(refused);
    const { spreadsheetId, data } = request;
    const isRagged = leavesRaggedCells(data);
    return prepared(deps, spreadsheet, access, (ready) =>
      asOneWriter(deps, ready, { spreadsheetId, leave, isRagged }, (held) =>
        spreadsheet.write(held, asSent(request, name === 'sheets_batch_update')),
      ),
    );
  }),
});

const asSent = (
  { spreadsheetId, valueInputOption, data }: CellsWritten,
  asBatch: boolean,
): Parameters<Spreadsheet['write']>[1] => ({
  spreadsheetId,
  valueInputOption,
  asBatch,
  data: data.map(({ range, ...cells }) => ({ ...cells, range: formatA1(range) })),
});

/** The trail records how much was written and where, not the values. */
const shapeOf = ({ range, majorDimension, values }: CellsOfRange): Json => ({
  range: formatA1(range),
  major_dimension: majorDimension,
  lines: values.length,
  longest_line: values.reduce((longest, line) => Math.max(longest, line.length), 0),
});

export const updateOutline = (update: UpdatedRange): Json => ({
  updated_range: update.updatedRange,
  updated_rows: update.updatedRows,
  updated_columns: update.updatedColumns,
  updated_cells: update.updatedCells,
});
const updatesOutline = ({ updates }: WriteAnswer): Json => ({ updates: updates.map(updateOutline) });
