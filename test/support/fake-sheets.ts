import type { Application } from '../../src/application/application.ts';
import { right } from '../../src/domain/shared/fp.ts';
import type { TenantContext } from '../../src/domain/shared/tenant-context.ts';
import type { A1Range } from '../../src/domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../src/domain/spreadsheet/format-a1.ts';
import { aReport } from './a-call-report.ts';

type Seen = (ctx: TenantContext) => void;

/** Remembers the keys under which something was written: a repeat gets the same answer. */
export const fakeSheetCommands = (
  seen: Seen,
  keys: string[],
): Pick<Application['commands'], 'writeCells' | 'updateCells' | 'appendRows' | 'clearCells'> => {
  const once = <A>(ctx: TenantContext, key: string | undefined, value: A) => {
    seen(ctx);
    const replayed = key !== undefined && keys.includes(key);
    if (key !== undefined) keys.push(key);
    return right({ answer: { value, report: aReport() }, replayed });
  };
  const updateOf = (range: A1Range, rows: readonly (readonly unknown[])[]) => ({
    updatedRange: formatA1(range),
    updatedRows: rows.length,
    updatedColumns: rows[0]?.length ?? 0,
    updatedCells: rows.flat().length,
  });
  const write: Application['commands']['writeCells'] = async (ctx, { key, query: { request } }) =>
    once(ctx, key, { updates: request.data.map(({ range, values }) => updateOf(range, values)) });
  return {
    writeCells: write,
    updateCells: write,
    appendRows: async (ctx, { key, query: { request } }) =>
      once(ctx, key, { tableRange: 'Sheet1!A1:B2', update: updateOf(request.range, request.rows) }),
    clearCells: async (ctx, { key, query: { request } }) =>
      once(ctx, key, { clearedRanges: [formatA1(request.range)] }),
  };
};

/** Every range contains its own name and a 1. */
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
