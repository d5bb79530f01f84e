import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type {
  AppendAnswer,
  AppendRows,
  Spreadsheet,
  WrittenCell,
} from '../../domain/provider/spreadsheet.ts';
import { isLeft, left, type AsyncResult } from '../../domain/shared/fp.ts';
import { anchorBelow, anchorOf, columnsOf } from '../../domain/spreadsheet/append-anchor.ts';
import { formatA1 } from '../../domain/spreadsheet/format-a1.ts';
import { parseA1 } from '../../domain/spreadsheet/parse-a1.ts';

type Row = readonly WrittenCell[];

/** Beside a table, an empty first cell moves what is appended next to the right: Google looks for the table there. */
const beginsEmpty = ([first]: Row): boolean => first === undefined || first === null || first === '';

/**
 * Appends below a table without a shift. Rows that begin with a value are put at the first column of the range, where
 * Google finds their table. With an empty first cell it may find none there, or another one: then the columns are
 * read, and the rows are put below all that is used. To be called by the only writer.
 */
export const anchoredAppend =
  ({ append, read }: Pick<Spreadsheet, 'append' | 'read'>): Spreadsheet['append'] =>
  async (access, request) => {
    const range = parseA1(request.range);
    // Ranges that come here were parsed and written by us; any other is Google's to judge.
    if (isLeft(range)) return append(access, request);
    if (!request.rows.some(beginsEmpty))
      return append(access, { ...request, range: formatA1(anchorOf(range.right)) });
    const used = await usedRows({ read }, access, request, formatA1(columnsOf(range.right)));
    if (typeof used !== 'number') return left(used);
    const below = formatA1(anchorBelow(range.right, used));
    return append(access, { ...request, range: below }) as AsyncResult<ProviderError, AppendAnswer>;
  };

const usedRows = async (
  { read }: Pick<Spreadsheet, 'read'>,
  access: ProviderAccess,
  { spreadsheetId }: AppendRows,
  columns: string,
): Promise<number | ProviderError> => {
  const found = await read(access, {
    spreadsheetId,
    ranges: [columns],
    majorDimension: 'ROWS',
    valueRenderOption: 'UNFORMATTED_VALUE',
    dateTimeRenderOption: 'SERIAL_NUMBER',
  });
  return isLeft(found) ? found.left : (found.right.valueRanges[0]?.values.length ?? 0);
};
