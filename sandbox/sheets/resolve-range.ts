import { readRange } from './a1.ts';
import { areaText, askedText, type Area } from './area.ts';
import { invalid } from './refusal.ts';
import type { Sheet } from './sheet.ts';
import { quoteTitle } from './titles.ts';
import type { Workbook } from './workbook.ts';

export type Resolved = { readonly sheet: Sheet; readonly area: Area };

/** `'Second Sheet'!A1:B2`, the form in which every answer names a range. */
export const echo = (sheet: Sheet, area: Area): string => `${quoteTitle(sheet.title)}!${areaText(area)}`;

/** Resolves against the grid: an end outside it is truncated, a start outside it refused. */
export const resolveRange = (workbook: Workbook, text: string): Resolved => {
  const word = readRange(text);
  const named = word?.mayBeNamed === true ? workbook.namedRange(word.title) : undefined;
  const read = named === undefined ? word : readRange(named);
  const sheet = read && workbook.sheet(read.title);
  if (!sheet) throw invalid(`Unable to parse range: ${text}`);
  const asked = read.area;
  if (!asked) return { sheet, area: sheet.area };
  if (asked.top >= sheet.rows || asked.left >= sheet.columns) {
    throw invalid(
      `Range (${quoteTitle(sheet.title)}!${askedText(asked)}) exceeds grid limits. ` +
        `Max rows: ${sheet.rows}, max columns: ${sheet.columns}`,
    );
  }
  const bottom = Math.min(asked.bottom ?? sheet.rows, sheet.rows);
  const right = Math.min(asked.right ?? sheet.columns, sheet.columns);
  return { sheet, area: { top: asked.top, left: asked.left, bottom, right } };
};
