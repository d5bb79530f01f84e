import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { AppendMarked, MarkedOutcome, MarkedRows } from '../../../domain/provider/spreadsheet.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { a1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../../domain/spreadsheet/format-a1.ts';
import { updateOf, widthOf } from './appended-rows.ts';
import type { CellReads } from './cell-reads.ts';
import { areSameRows, findRows, standMoreOften } from './found-rows.ts';
import type { SheetPlace } from './sheet-places.ts';

/**
 * Looks for rows that are known to have landed, from the end of the sheet upward, with one read. If that fails, or
 * somebody has changed the rows, they have landed all the same, and only their place is unknown.
 */
export type RowFinder = (
  access: ProviderAccess,
  request: AppendMarked,
  place: SheetPlace,
  landed: readonly MarkedRows[],
) => Promise<readonly MarkedOutcome[]>;

export const rowFinder =
  (reads: CellReads): RowFinder =>
  async (access, { spreadsheetId, firstColumn }, { title }, landed) => {
    const width = Math.max(...landed.map(({ rows }) => widthOf(rows)));
    const start = { column: firstColumn + 1, row: undefined };
    const end = { column: firstColumn + width, row: undefined };
    const answer = await reads.read(access, {
      spreadsheetId,
      ranges: [formatA1(a1Range(title, start, end))],
      majorDimension: 'ROWS',
      valueRenderOption: 'UNFORMATTED_VALUE',
      dateTimeRenderOption: 'SERIAL_NUMBER',
    });
    const values = isLeft(answer) ? [] : (answer.right.valueRanges[0]?.values ?? []);
    return fromTheEnd(values, landed).map(({ mark, rows, top }) => ({
      kind: 'already',
      mark,
      update: top === undefined ? undefined : updateOf({ title, firstColumn, rows }, top + 1),
    }));
  };

type Found = MarkedRows & { readonly top: number | undefined };

/**
 * The last operation was written last, so that equal rows are not confused. Rows that landed just now, during the turn
 * of this process, are the lowest of equal ones; below rows that landed long ago others may have written equal ones.
 */
const fromTheEnd = (
  values: Parameters<typeof findRows>[0],
  landed: readonly MarkedRows[],
): readonly Found[] => {
  let below = values.length;
  return landed
    .toReversed()
    .map((operation) => {
      const top = findRows(values, operation.rows, below) ?? findRows(values, operation.rows, values.length);
      if (top !== undefined) below = top;
      return { ...operation, top: isCertain(values, landed, operation) ? top : undefined };
    })
    .toReversed();
};

const isCertain = (
  values: Parameters<typeof findRows>[0],
  landed: readonly MarkedRows[],
  { rows, isRepeat }: MarkedRows,
): boolean =>
  isRepeat !== true ||
  !standMoreOften(values, rows, landed.filter((one) => areSameRows(one.rows, rows)).length);
