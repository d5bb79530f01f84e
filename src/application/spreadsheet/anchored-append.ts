import type { ProviderAccess } from '../../domain/provider/provider-access.ts';
import type {
  AppendRows,
  ReadAnswer,
  ReadRanges,
  Spreadsheet,
  WrittenCell,
} from '../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { A1Range } from '../../domain/spreadsheet/a1-range.ts';
import { anchorBelow, anchorOf, columnsOf } from '../../domain/spreadsheet/append-anchor.ts';
import { formatA1 } from '../../domain/spreadsheet/format-a1.ts';
import { parseA1 } from '../../domain/spreadsheet/parse-a1.ts';

type Deps = Pick<Spreadsheet, 'append' | 'read'> & { readonly clock: Pick<Clock, 'monotonic'> };
type Row = readonly WrittenCell[];

/** Beside a table, an empty first cell moves what is appended next to the right: Google looks for the table there. */
const beginsEmpty = ([first]: Row): boolean => first === undefined || first === null || first === '';

/**
 * Appends below a table without a shift. Rows that begin with a value are put at the first column of the range, where
 * Google finds their table. With an empty first cell it may find none there, or another one: then the columns are
 * read, which is a call of its own, and the rows are put below all that is used. To be called by the only writer.
 */
export const anchoredAppend =
  ({ append, read, clock }: Deps): Spreadsheet['append'] =>
  async (access, request) => {
    const range = parseA1(request.range);
    // Ranges that come here were parsed and written by us; any other is Google's to judge.
    if (isLeft(range)) return append(access, request);
    if (!request.rows.some(beginsEmpty))
      return append(access, { ...request, range: formatA1(anchorOf(range.right)) });
    const endAt = clock.monotonic() + access.timeoutMs;
    const now = (): ProviderAccess => ({
      ...access,
      timeoutMs: Math.max(1, Math.floor(endAt - clock.monotonic())),
    });
    const place = await access.account?.another('reads', access);
    if (place !== undefined && isLeft(place)) return place;
    const found = await read(now(), unformatted(request, formatA1(columnsOf(range.right))));
    if (isLeft(found)) return found;
    return append(now(), { ...request, range: formatA1(placeBelow(range.right, found.right)) });
  };

const unformatted = ({ spreadsheetId }: AppendRows, range: string): ReadRanges => ({
  spreadsheetId,
  ranges: [range],
  majorDimension: 'ROWS',
  valueRenderOption: 'UNFORMATTED_VALUE',
  dateTimeRenderOption: 'SERIAL_NUMBER',
});

/** Below the last row of the grid there is no cell to name; then Google has to find the table, and adds rows to the grid. */
const placeBelow = (range: A1Range, { valueRanges: [found] }: ReadAnswer): A1Range => {
  const below = anchorBelow(range, found?.values.length ?? 0);
  const echo = found === undefined ? undefined : parseA1(found.range);
  const lastRow = echo === undefined || isLeft(echo) ? undefined : echo.right.end.row;
  const isOffGrid = lastRow !== undefined && (below.start.row ?? 1) > lastRow;
  return isOffGrid ? columnsOf(range) : below;
};
