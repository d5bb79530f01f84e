import type { Cell } from './cell.ts';
import { spreadsheetView } from './metadata-view.ts';
import type { Resolved } from './resolve-range.ts';
import type { Workbook } from './workbook.ts';

type View = Readonly<Record<string, unknown>>;

const extended = (cell: Cell): View => {
  switch (cell.kind) {
    case 'text':
      return { stringValue: cell.text };
    case 'boolean':
      return { boolValue: cell.value };
    case 'number':
      return { numberValue: cell.value };
    case 'formula':
      return { formulaValue: cell.formula };
  }
};

/** Rows up to the last one with content, each up to its last cell with content; zeros are omitted, as everywhere. */
const gridData = ({ sheet, area: { top, left, bottom, right } }: Resolved): View => {
  const rows: View[] = [];
  for (let row = top; row < Math.min(bottom, sheet.usedRows); row += 1) {
    const cells = sheet.row(row).slice(left, right);
    const used = cells.findLastIndex((cell) => cell !== undefined) + 1;
    const values = cells
      .slice(0, used)
      .map((cell) => (cell === undefined ? {} : { userEnteredValue: extended(cell) }));
    rows.push(used === 0 ? {} : { values });
  }
  const rowData = rows.slice(0, rows.findLastIndex((row) => 'values' in row) + 1);
  return {
    ...(top > 0 ? { startRow: top } : {}),
    ...(left > 0 ? { startColumn: left } : {}),
    ...(rowData.length > 0 ? { rowData } : {}),
  };
};

/** The sheets of these ranges, with the cells of the ranges. */
export const gridView = (workbook: Workbook, ranges: readonly Resolved[]): View => {
  const shown = workbook.sheets.filter((one) => ranges.some(({ sheet }) => sheet === one));
  const view = spreadsheetView(workbook, shown);
  const sheets = Array.isArray(view['sheets']) ? view['sheets'] : [];
  return {
    ...view,
    sheets: sheets.map((sheet: View, index) => ({
      ...sheet,
      data: ranges.filter((range) => range.sheet === shown[index]).map(gridData),
    })),
  };
};
