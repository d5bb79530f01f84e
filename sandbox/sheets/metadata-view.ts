import { sheetOf } from './developer-metadata.ts';
import type { Sheet } from './sheet.ts';
import { resolveRange } from './resolve-range.ts';
import type { NamedRange, Workbook } from './workbook.ts';

/** `spreadsheets.get` without grid data: the sandbox has no formats, charts or merged cells. */
export const sheetView = (sheet: Sheet, index: number): Readonly<Record<string, unknown>> => ({
  properties: {
    sheetId: sheet.sheetId,
    title: sheet.title,
    index,
    sheetType: 'GRID',
    gridProperties: { rowCount: sheet.rows, columnCount: sheet.columns },
    ...(sheet.hidden ? { hidden: true } : {}),
  },
});

/** Zeros are omitted, as in all JSON generated from protocol buffers. */
const namedView =
  (workbook: Workbook) =>
  ({ name, range }: NamedRange, index: number): Readonly<Record<string, unknown>> => {
    const { sheet, area } = resolveRange(workbook, range);
    const sides = {
      sheetId: sheet.sheetId,
      startRowIndex: area.top,
      endRowIndex: area.bottom,
      startColumnIndex: area.left,
      endColumnIndex: area.right,
    };
    const shown = Object.entries(sides).filter(([, side]) => side !== 0);
    return { namedRangeId: `named-${index}`, name, range: Object.fromEntries(shown) };
  };

export const spreadsheetView = (
  workbook: Workbook,
  shown: readonly Sheet[] = workbook.sheets,
): Readonly<Record<string, unknown>> => {
  const { spreadsheetId, title, locale, metadata, sheets } = workbook;
  const own = metadata.filter(({ location }) => sheetOf(location) === undefined);
  return {
    spreadsheetId,
    properties: { title, locale, autoRecalc: 'ON_CHANGE', timeZone: 'Etc/GMT' },
    sheets: sheets.flatMap((sheet, index) => {
      if (!shown.includes(sheet)) return [];
      const onSheet = metadata.filter(({ location }) => location.sheetId === sheet.sheetId);
      return [{ ...sheetView(sheet, index), ...(onSheet.length > 0 ? { developerMetadata: onSheet } : {}) }];
    }),
    ...(own.length > 0 ? { developerMetadata: own } : {}),
    ...(workbook.namedRanges.length > 0
      ? { namedRanges: workbook.namedRanges.map(namedView(workbook)) }
      : {}),
    spreadsheetUrl: `https://docs.google.com/spreadsheets/d/${spreadsheetId}/edit`,
  };
};
