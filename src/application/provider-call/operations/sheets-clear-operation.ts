import type { ClearAnswer } from '../../../domain/provider/spreadsheet.ts';
import type { A1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../../domain/spreadsheet/format-a1.ts';
import type { Json } from '../../../domain/shared/json.ts';
import { asOneWriter } from '../../spreadsheet/one-writer.ts';
import { prepared } from '../../spreadsheet/prepared.ts';
import type { TurnDeps } from '../../spreadsheet/turn-and-place.ts';
import { sheetsEndpoint } from './endpoints.ts';
import type { Operation } from '../operation.ts';
import { askedOf, spreadsheetBasics, writeBasics, type Spreadsheets } from './spreadsheet-operation.ts';

export type CellsCleared = { readonly spreadsheetId: string; readonly range: A1Range };

/** Clears the values of a range; the formats remain. */
export const sheetsClearOperation = (
  spreadsheets: Spreadsheets,
  deps: TurnDeps,
): Operation<CellsCleared, ClearAnswer> => ({
  ...spreadsheetBasics,
  ...writeBasics,
  name: 'sheets_clear',
  writes: 'repeatable',
  endpoint: sheetsEndpoint('clear'),
  auditRequest: ({ spreadsheetId, range }) => ({
    spreadsheet_id: spreadsheetId,
    range: formatA1(range),
  }),
  auditResponse: outline,
  auditOutline: outline,
  ask: askedOf(spreadsheets, (spreadsheet, access, { spreadsheetId, range }, leave) =>
    prepared(deps, spreadsheet, access, (ready) =>
      asOneWriter(deps, ready, { spreadsheetId, leave, isRagged: true }, (held) =>
        spreadsheet.clear(held, { spreadsheetId, ranges: [formatA1(range)] }),
      ),
    ),
  ),
});

const outline = ({ clearedRanges }: ClearAnswer): Json => ({ cleared_ranges: clearedRanges });
