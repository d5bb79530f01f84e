import type { Method } from './method.ts';
import { fromQuery } from './parameters.ts';
import { resolveRange } from './resolve-range.ts';
import { listed, valueRange } from './values-out.ts';

const rendering = ['majorDimension', 'valueRenderOption', 'dateTimeRenderOption'];
export const valuesGet: Method = {
  kind: 'read',
  parameters: rendering,
  prepare: ({ target, query }) => {
    const how = fromQuery(query).rendering();
    return (workbook) => {
      const { sheet, area } = resolveRange(workbook, target);
      return { answer: valueRange(sheet, area, how) };
    };
  },
};

export const valuesBatchGet: Method = {
  kind: 'read',
  parameters: ['ranges', ...rendering],
  prepare: ({ query }) => {
    const how = fromQuery(query).rendering();
    const ranges = query.getAll('ranges');
    return (workbook) => {
      const resolved = ranges.map((range) => resolveRange(workbook, range));
      const valueRanges = resolved.map(({ sheet, area }) => valueRange(sheet, area, how));
      return { answer: { spreadsheetId: workbook.spreadsheetId, ...listed({ valueRanges }) } };
    };
  },
};
