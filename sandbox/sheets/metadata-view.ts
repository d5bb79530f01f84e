import { sheetOf } from './developer-metadata.ts';
import type { Sheet } from './sheet.ts';
import type { Workbook } from './workbook.ts';

/** `spreadsheets.get` without grid data: the stand-in has no formats, charts or merges to show. */
export const sheetView = (sheet: Sheet, index: number): Readonly<Record<string, unknown>> => ({
  properties: {
    sheetId: sheet.sheetId,
    title: sheet.title,
    index,
    sheetType: 'GRID',
    gridProperties: { rowCount: sheet.rows, columnCount: sheet.columns },
  },
});

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
    spreadsheetUrl: `https://docs.google.com/spreadsheets/d/${spreadsheetId}/edit`,
  };
};
