import type { Area } from './area.ts';
import { Refusal } from './refusal.ts';
import { echo, resolveRange } from './resolve-range.ts';
import type { Sheet } from './sheet.ts';
import { tableIn } from './tables.ts';
import type { InputOption, Values } from './values-in.ts';
import type { Rendering } from './values-out.ts';
import type { Workbook } from './workbook.ts';
import { writeUnprotected } from './write-unprotected.ts';
import { extentOf, updateAnswer, writesFrom, type UpdateAnswer } from './write-values.ts';

export const insertOptions = ['OVERWRITE', 'INSERT_ROWS'] as const;

export type Append = {
  readonly range: string;
  readonly values: Values;
  readonly option: InputOption;
  readonly insert: (typeof insertOptions)[number];
  readonly include: Rendering | undefined;
};

/**
 * The place an append is going to write to, chosen some time before it does: meanwhile another append may choose the
 * same.
 */
export type Place = {
  readonly sheetId: number;
  readonly extent: Area;
  readonly table: Area | undefined;
  /** Rows of the extent that had content when the place was chosen. */
  readonly full: ReadonlySet<number>;
};

export type AppendAnswer = {
  readonly spreadsheetId: string;
  readonly tableRange?: string;
  readonly updates: UpdateAnswer;
};

const fullRows = (sheet: Sheet, { top, left, bottom, right }: Area): ReadonlySet<number> => {
  const rows = Array.from({ length: bottom - top }, (_, index) => top + index);
  return new Set(
    rows.filter((row) =>
      sheet
        .row(row)
        .slice(left, right)
        .some((cell) => cell !== undefined),
    ),
  );
};

/**
 * Below the last table that the range intersects, from its first column on; without a table, at the start of the range.
 */
export const choosePlace = (workbook: Workbook, { range, values }: Append): Place => {
  const { sheet, area } = resolveRange(workbook, range);
  const table = tableIn(sheet, area);
  const extent = extentOf(values, table?.bottom ?? area.top, table?.left ?? area.left);
  return { sheetId: sheet.sheetId, extent, table, full: fullRows(sheet, extent) };
};

/** Rows that somebody else filled since the place was chosen, and that are now overwritten. */
const overwritten = (sheet: Sheet, place: Place, insert: Append['insert']): number =>
  insert === 'INSERT_ROWS'
    ? 0
    : [...fullRows(sheet, place.extent)].filter((row) => !place.full.has(row)).length;

export const appendAt = (
  workbook: Workbook,
  append: Append,
  place: Place,
): { readonly answer: AppendAnswer; readonly overwrittenRows: number } => {
  const { values, option, insert, include } = append;
  const { extent, table } = place;
  const sheet = workbook.sheetById(place.sheetId);
  if (!sheet) throw new Refusal('INTERNAL', 'Internal error encountered.');
  if (values.length > 0 && insert === 'INSERT_ROWS') workbook.insertRows(sheet, extent.top, values.length);
  workbook.growTo(sheet, extent.bottom, extent.right);
  const overwrittenRows = overwritten(sheet, place, insert);
  const writes = writesFrom(values, extent.top, extent.left, option);
  writeUnprotected(sheet, writes);
  const updates = updateAnswer(workbook.spreadsheetId, { sheet, area: extent, writes }, include);
  const tableRange = table ? { tableRange: echo(sheet, table) } : {};
  return { answer: { spreadsheetId: workbook.spreadsheetId, ...tableRange, updates }, overwrittenRows };
};
