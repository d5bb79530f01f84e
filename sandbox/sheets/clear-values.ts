import type { Method } from './method.ts';
import { checkMembers } from './parameters.ts';
import { echo, resolveRange } from './resolve-range.ts';
import { listed } from './values-out.ts';
import type { Workbook } from './workbook.ts';
import { checkUnprotected } from './write-unprotected.ts';

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

const cleared = (workbook: Workbook, range: string): string => {
  const { sheet, area } = resolveRange(workbook, range);
  checkUnprotected(sheet, area);
  const writes = [];
  for (let row = area.top; row < Math.min(area.bottom, sheet.usedRows); row += 1) {
    const right = Math.min(area.right, sheet.row(row).length);
    for (let column = area.left; column < right; column += 1) writes.push({ row, column, cell: undefined });
  }
  sheet.write(writes);
  return echo(sheet, area);
};

export const valuesClear: Method = {
  kind: 'write',
  parameters: [],
  prepare: ({ target, body }) => {
    checkMembers(body, []);
    return (workbook) => ({
      answer: { spreadsheetId: workbook.spreadsheetId, clearedRange: cleared(workbook, target) },
    });
  },
};

export const valuesBatchClear: Method = {
  kind: 'write',
  parameters: [],
  prepare: ({ body }) => {
    checkMembers(body, ['ranges']);
    const ranges = texts(body['ranges']);
    return (workbook) => ({
      answer: {
        spreadsheetId: workbook.spreadsheetId,
        ...listed({ clearedRanges: ranges.map((range) => cleared(workbook, range)) }),
      },
    });
  },
};
