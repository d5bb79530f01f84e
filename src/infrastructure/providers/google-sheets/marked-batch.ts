import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { AppendMarked, MarkedOutcome } from '../../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { a1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { formatA1 } from '../../../domain/spreadsheet/format-a1.ts';
import { appendCellsRequest, layoutOf, updateOf } from './appended-rows.ts';
import { uncopied } from './google-client.ts';
import { markRequest } from './marks.ts';
import type { RowFinder } from './row-finder.ts';
import type { SheetPlace, SheetPlaces } from './sheet-places.ts';
import type { SheetsAsker } from './sheets-asker.ts';
import { batchDone, type BatchDone } from './sheets-codecs.ts';
import { timeLeft } from './time-left.ts';

/** Sends all operations as one request. */
export type MarkedBatch = (
  access: ProviderAccess,
  request: AppendMarked,
  place: SheetPlace,
) => AsyncResult<ProviderError, readonly MarkedOutcome[]>;

type Deps = {
  readonly asker: SheetsAsker;
  readonly places: SheetPlaces;
  readonly finder: RowFinder;
  readonly clock: Pick<Clock, 'monotonic'>;
};

const FIELDS =
  'spreadsheetId,updatedSpreadsheet.sheets(properties.sheetId,data(startRow,rowData.values.userEnteredValue))';

/**
 * `appendCells` returns nothing. But nothing can be below what it wrote, so the last filled cell of one of its columns,
 * shown in the same answer, tells the row numbers of all. The column is shown from the last row known to be filled;
 * only the first append to a sheet, and one after the sheet has shrunk, shows more.
 */
export const markedBatch =
  ({ asker, places, finder, clock }: Deps): MarkedBatch =>
  async (access, request, place) => {
    const now = timeLeft(clock, access);
    const { spreadsheetId, firstColumn, operations } = request;
    const layout = layoutOf(operations);
    const column = firstColumn + layout.last.column + 1;
    const shown = a1Range(
      place.title,
      { column, row: Math.max(1, place.lastRow) },
      { column, row: undefined },
    );
    const requestBody = uncopied({
      requests: operations.flatMap((rows) => [
        appendCellsRequest(place.sheetId, firstColumn, rows),
        markRequest(rows.mark),
      ]),
      includeSpreadsheetInResponse: true,
      responseIncludeGridData: true,
      responseRanges: [formatA1(shown)],
    });
    const answer = await asker.ask(access, {
      kind: 'write',
      answer: batchDone,
      call: (client, options) =>
        client.spreadsheets.batchUpdate({ spreadsheetId, requestBody, fields: FIELDS }, options),
    });
    if (isLeft(answer)) return answer;
    const lastRow = lastFilledRow(answer.right, place.sheetId);
    places.endsAt(access, request, place, lastRow ?? 0);
    if (lastRow === undefined) return right(await foundAnew(finder, now(), request, place));
    const firstRow = lastRow - layout.last.row;
    return right(
      operations.map(({ mark, rows }, index) => ({
        kind: 'appended',
        mark,
        update: updateOf({ title: place.title, firstColumn, rows }, firstRow + layout.tops[index]!),
      })),
    );
  };

/** The answer showed no row: they were moved above the part shown, or nothing was shown. */
const foundAnew = async (
  finder: RowFinder,
  access: ProviderAccess,
  request: AppendMarked,
  place: SheetPlace,
): Promise<readonly MarkedOutcome[]> => {
  const found = await finder(access, request, place, request.operations);
  return found.map((outcome) =>
    outcome.update === undefined ? outcome : { kind: 'appended', mark: outcome.mark, update: outcome.update },
  );
};

const lastFilledRow = ({ updatedSpreadsheet }: BatchDone, sheetId: number): number | undefined => {
  const sheets = updatedSpreadsheet?.sheets ?? [];
  const data = sheets.find(({ properties }) => (properties?.sheetId ?? 0) === sheetId)?.data?.[0];
  const index = (data?.rowData ?? []).findLastIndex(({ values = [] }) =>
    values.some(({ userEnteredValue }) => userEnteredValue !== undefined),
  );
  return index < 0 ? undefined : (data?.startRow ?? 0) + index + 1;
};
