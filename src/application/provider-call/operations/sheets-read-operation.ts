import { serviceTag } from '../../../domain/cache/invalidation.ts';
import type { CellValue, ReadAnswer, ReadRanges, ValueRange } from '../../../domain/provider/spreadsheet.ts';
import type { A1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { formatA1, rangeKey } from '../../../domain/spreadsheet/format-a1.ts';
import type { Json } from '../../../domain/shared/json.ts';
import type { OperationLives } from './answer-lives.ts';
import { decodeCells } from './cached-cells.ts';
import { sheetsEndpoint } from './endpoints.ts';
import type { Operation } from '../operation.ts';
import { asReader, type ReaderDeps } from '../../spreadsheet/as-reader.ts';
import { cellLives } from './sheets-lives.ts';
import { askedOf, spreadsheetBasics, type Spreadsheets } from './spreadsheet-operation.ts';

export type CellsRequest = Omit<ReadRanges, 'ranges'> & {
  readonly ranges: readonly A1Range[];
  /** Version of the spreadsheet, part of the cache key; undefined when unknown, and then nothing is cached. */
  readonly version: string | undefined;
};

/**
 * Reads ranges of cells. Different spellings of a range share a cache entry, which is valid until the next write to the
 * spreadsheet changes its version.
 */
export const sheetsReadOperation = (
  spreadsheets: Spreadsheets,
  lives: OperationLives,
  deps: ReaderDeps,
): Operation<CellsRequest, ReadAnswer> => ({
  ...spreadsheetBasics,
  name: 'sheets_read',
  account: 'reads',
  paysWhenItLeaves: true,
  cacheFields: ({ version, spreadsheetId, ranges, ...how }) =>
    version === undefined
      ? undefined
      : [
          version,
          spreadsheetId,
          how.majorDimension,
          how.valueRenderOption,
          how.dateTimeRenderOption,
          ...ranges.map(rangeKey),
        ],
  tags: ({ serviceName }) => [serviceTag(serviceName)],
  lives: (service, answer) => cellLives(lives, service, charactersIn(answer)),
  decodeCached: decodeCells,
  endpoint: (provider, { ranges, asBatch }) =>
    sheetsEndpoint(asBatch === true || ranges.length > 1 ? 'batchGet' : 'read')(provider),
  auditRequest: ({ spreadsheetId, ranges, ...how }) => ({
    spreadsheet_id: spreadsheetId,
    ranges: ranges.map(formatA1),
    major_dimension: how.majorDimension,
    value_render_option: how.valueRenderOption,
    date_time_render_option: how.dateTimeRenderOption,
  }),
  auditResponse: cellsOutline,
  auditOutline: cellsOutline,
  ask: askedOf(spreadsheets, (spreadsheet, access, request, leave) =>
    asReader(deps, spreadsheet, access, leave, (ready) => spreadsheet.read(ready, asSent(request))),
  ),
});

const asSent = (request: CellsRequest): ReadRanges => ({
  spreadsheetId: request.spreadsheetId,
  ranges: request.ranges.map(formatA1),
  asBatch: request.asBatch ?? false,
  majorDimension: request.majorDimension,
  valueRenderOption: request.valueRenderOption,
  dateTimeRenderOption: request.dateTimeRenderOption,
});

/** The trail records how much was read, not the values. */
const cellsOutline = ({ valueRanges }: ReadAnswer): Json => ({ value_ranges: valueRanges.map(shapeOf) });

const shapeOf = ({ range, majorDimension, values }: ValueRange): Json => ({
  range,
  major_dimension: majorDimension,
  lines: values.length,
  longest_line: values.reduce((longest, line) => Math.max(longest, line.length), 0),
});

const charactersIn = ({ valueRanges }: ReadAnswer): number =>
  valueRanges.reduce(
    (sum, { values }) => values.reduce((cells, line) => line.reduce(addCell, cells), sum),
    0,
  );

/** Approximate length as JSON, with quotes and comma. */
const addCell = (sum: number, cell: CellValue): number =>
  sum + 3 + (typeof cell === 'string' ? cell.length : 5);
