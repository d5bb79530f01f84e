import type { LaneAppend } from '../../src/application/spreadsheet/waiting-append.ts';
import { freeCalls } from './free-calls.ts';

/** One row of one cell for the first sheet, at no cost. */
export const aLaneAppend = (
  text: string,
  { spreadsheetId = 'sheet-1', ...change }: Partial<LaneAppend> & { readonly spreadsheetId?: string } = {},
): LaneAppend => ({
  request: {
    spreadsheetId,
    range: 'Sheet1!A:A',
    rows: [[text]],
    valueInputOption: 'RAW',
    insertDataOption: 'OVERWRITE',
  },
  marked: undefined,
  unmarked: undefined,
  quota: freeCalls,
  ...change,
});
