import { areaText, columnName, sizeOf, type Area } from './area.ts';
import { invalid } from './refusal.ts';
import { echo, resolveRange, type Resolved } from './resolve-range.ts';
import type { CellWrite, Sheet } from './sheet.ts';
import { quoteTitle } from './titles.ts';
import { toCell, widestOf, type InputOption, type Values } from './values-in.ts';
import { valueRange, type Rendering, type ValueRange } from './values-out.ts';
import type { Workbook } from './workbook.ts';
import { writeUnprotected } from './write-unprotected.ts';

export type Written = { readonly sheet: Sheet; readonly area: Area; readonly writes: readonly CellWrite[] };

export type UpdateAnswer = {
  readonly spreadsheetId: string;
  readonly updatedRange: string;
  readonly updatedRows?: number;
  readonly updatedColumns?: number;
  readonly updatedCells?: number;
  readonly updatedData?: ValueRange;
};

const distinct = (values: readonly (number | string)[]): number => new Set(values).size;

/** proto3 omits zeros. */
const counted = <Name extends string>(
  counts: Readonly<Record<Name, number>>,
): Partial<Record<Name, number>> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<
    Record<Name, number>
  >;

/** The area that starts at a corner and is as large as the values. */
export const extentOf = (values: Values, top: number, left: number): Area => ({
  top,
  left,
  bottom: top + Math.max(1, values.length),
  right: left + Math.max(1, widestOf(values)),
});

/** null skips its cell, "" empties it. */
export const writesFrom = (
  values: Values,
  top: number,
  left: number,
  option: InputOption,
): readonly CellWrite[] =>
  values.flatMap((line, row) =>
    line.flatMap((value, column) =>
      value === null ? [] : [{ row: top + row, column: left + column, cell: toCell(value, option) }],
    ),
  );

/** A single cell is extended to the size of the values; a larger range must be able to hold them. */
const checkFit = ({ sheet, area }: Resolved, extent: Area): void => {
  if (sizeOf(area) > 1) {
    const within = `Requested writing within range [${echo(sheet, area)}], but tried writing to`;
    if (extent.right > area.right) throw invalid(`${within} column [${columnName(area.right)}]`);
    if (extent.bottom > area.bottom) throw invalid(`${within} row [${area.bottom + 1}]`);
  } else if (extent.right > sheet.columns || extent.bottom > sheet.rows) {
    throw invalid(
      `Range (${quoteTitle(sheet.title)}!${areaText(extent)}) exceeds grid limits. ` +
        `Max rows: ${sheet.rows}, max columns: ${sheet.columns}`,
    );
  }
};

/** Writes into the given workbook, a copy that is kept only if everything succeeds. */
export const writeRange = (
  workbook: Workbook,
  range: string,
  values: Values,
  option: InputOption,
): Written => {
  const resolved = resolveRange(workbook, range);
  const { sheet, area } = resolved;
  const extent = extentOf(values, area.top, area.left);
  checkFit(resolved, extent);
  const writes = writesFrom(values, area.top, area.left, option);
  writeUnprotected(sheet, writes);
  return { sheet, area: extent, writes };
};

export const updateAnswer = (
  spreadsheetId: string,
  { sheet, area, writes }: Written,
  include: Rendering | undefined,
): UpdateAnswer => ({
  spreadsheetId,
  updatedRange: echo(sheet, area),
  ...counted({
    updatedRows: distinct(writes.map(({ row }) => row)),
    updatedColumns: distinct(writes.map(({ column }) => column)),
    updatedCells: writes.length,
  }),
  ...(include ? { updatedData: valueRange(sheet, area, include) } : {}),
});

/** Rows and columns that several ranges share are counted once. */
export const totalsOf = (written: readonly Written[]): Readonly<Partial<Record<string, number>>> => {
  const keys = (axis: 'row' | 'column'): readonly string[] =>
    written.flatMap(({ sheet, writes }) => writes.map((write) => `${sheet.sheetId}/${write[axis]}`));
  return counted({
    totalUpdatedRows: distinct(keys('row')),
    totalUpdatedColumns: distinct(keys('column')),
    totalUpdatedCells: written.reduce((sum, { writes }) => sum + writes.length, 0),
    totalUpdatedSheets: distinct(written.map(({ sheet }) => sheet.sheetId)),
  });
};
