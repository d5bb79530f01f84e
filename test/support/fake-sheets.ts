import type { Application } from '../../src/application/application.ts';
import { right } from '../../src/domain/shared/fp.ts';
import type { TenantContext } from '../../src/domain/shared/tenant-context.ts';
import { formatA1 } from '../../src/domain/spreadsheet/format-a1.ts';
import { aReport } from './a-call-report.ts';

type Seen = (ctx: TenantContext) => void;

/** Every range holds its own name and a 1. */
export const fakeSheetQueries = (
  seen: Seen,
): Pick<Application['queries'], 'readCells' | 'describeSpreadsheet'> => ({
  readCells: async (ctx, { request: { ranges, majorDimension } }) => {
    seen(ctx);
    const valueRanges = ranges.map((range) => ({
      range: formatA1(range),
      majorDimension,
      values: [[formatA1(range)], [1, true]],
    }));
    return right({ value: { valueRanges }, report: aReport() });
  },
  describeSpreadsheet: async (ctx, { request: { spreadsheetId } }) => {
    seen(ctx);
    const sheets = [{ sheetId: 0, title: 'Sheet1', rowCount: 1000, columnCount: 26 }];
    const value = { spreadsheetId, title: 'Заявки', locale: 'ru_RU', timeZone: 'Asia/Tashkent', sheets };
    return right({ value, report: aReport() });
  },
});
