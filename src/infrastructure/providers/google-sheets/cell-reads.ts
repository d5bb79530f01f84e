import type * as t from 'io-ts';
import type {
  ReadRanges,
  SheetProperties,
  Spreadsheet,
  SpreadsheetMetadata,
  ValueRange,
} from '../../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, map, right } from '../../../domain/shared/fp.ts';
import { notUnderstood } from '../http-answer.ts';
import type { SheetsAsker } from './sheets-asker.ts';
import { spreadsheet, valueRange, valueRanges } from './sheets-codecs.ts';

export type CellReads = Pick<Spreadsheet, 'metadata' | 'read'>;
type Ask = SheetsAsker['ask'];

/** `further`: for what does not fit into the one call that an access was granted for. */
export const cellReads = (
  { ask }: SheetsAsker,
  further: SheetsAsker,
  clock: Pick<Clock, 'monotonic'>,
): CellReads => {
  const one = readOne(ask);
  const several = inCalls(clock, readSeveral(ask), readSeveral(further.ask));
  return {
    metadata: metadata(ask),
    read: (access, request) => (isOne(request) ? one : several)(access, request),
  };
};

const isOne = ({ ranges, asBatch }: ReadRanges): boolean => ranges.length === 1 && asBatch !== true;

/** Google refuses URLs somewhere below 20,000 characters (dust-tt/dust 4042), and others before it below 16 KiB. */
const LONGEST_RANGES = 8_000;

/** As few calls as the lengths of the ranges allow, within the time of one; if one fails, all fail. */
const inCalls =
  (
    clock: Pick<Clock, 'monotonic'>,
    first: CellReads['read'],
    further: CellReads['read'],
  ): CellReads['read'] =>
  async (access, request) => {
    const endAt = clock.monotonic() + access.timeoutMs;
    const valueRanges: ValueRange[] = [];
    for (const [call, ranges] of dividedByLength(request.ranges).entries()) {
      const timeoutMs = Math.max(1, endAt - clock.monotonic());
      const answer = await (call === 0 ? first : further)({ ...access, timeoutMs }, { ...request, ranges });
      if (isLeft(answer)) return answer;
      valueRanges.push(...answer.right.valueRanges);
    }
    return right({ valueRanges });
  };

const dividedByLength = (ranges: readonly string[]): readonly (readonly string[])[] => {
  const calls: string[][] = [[]];
  let length = 0;
  for (const range of ranges) {
    const own = encodeURIComponent(range).length + '&ranges='.length;
    length += own;
    if (length > LONGEST_RANGES && own < length) {
      calls.push([]);
      length = own;
    }
    calls.at(-1)?.push(range);
  }
  return calls;
};

const METADATA_FIELDS =
  'spreadsheetId,properties(title,locale,timeZone),sheets.properties(sheetId,title,hidden,gridProperties(rowCount,columnCount))';

const metadata =
  (ask: Ask): CellReads['metadata'] =>
  async (access, { spreadsheetId }) => {
    const params = { spreadsheetId, includeGridData: false, fields: METADATA_FIELDS };
    const answer = await ask(access, {
      kind: 'read',
      answer: spreadsheet,
      call: (client, options) => client.spreadsheets.get(params, options),
    });
    return map(described)(answer);
  };

const readOne =
  (ask: Ask): CellReads['read'] =>
  async (access, request) => {
    const params = { ...common(request), range: request.ranges[0] ?? '' };
    const answer = await ask(access, {
      kind: 'read',
      answer: valueRange,
      call: (client, options) => client.spreadsheets.values.get(params, options),
    });
    return map((range: Received) => ({ valueRanges: [received(range, request)] }))(answer);
  };

const readSeveral =
  (ask: Ask): CellReads['read'] =>
  async (access, request) => {
    const params = { ...common(request), ranges: [...request.ranges] };
    const answer = await ask(access, {
      kind: 'read',
      answer: valueRanges,
      call: (client, options) => client.spreadsheets.values.batchGet(params, options),
    });
    if (isLeft(answer)) return answer;
    const got = answer.right.valueRanges;
    return got.length === request.ranges.length
      ? right({ valueRanges: got.map((range) => received(range, request)) })
      : left(notUnderstood(`${got.length} ranges in answer to ${request.ranges.length}`));
  };

const common = ({ spreadsheetId, majorDimension, valueRenderOption, dateTimeRenderOption }: ReadRanges) => ({
  spreadsheetId,
  majorDimension,
  valueRenderOption,
  dateTimeRenderOption,
});

type Received = t.TypeOf<typeof valueRange>;
type Described = t.TypeOf<typeof spreadsheet>;

const received = ({ range, majorDimension, values = [] }: Received, asked: ReadRanges): ValueRange => ({
  range,
  majorDimension: majorDimension ?? asked.majorDimension,
  values,
});

const described = ({ spreadsheetId, properties, sheets }: Described): SpreadsheetMetadata => ({
  spreadsheetId,
  title: properties.title ?? '',
  locale: properties.locale ?? '',
  timeZone: properties.timeZone ?? '',
  sheets: sheets.flatMap(gridSheet),
});

/** A sheet without a grid contains a chart or a connected table, and no cells of its own. */
const gridSheet = ({
  properties: { sheetId = 0, title, hidden, gridProperties },
}: Described['sheets'][number]): readonly SheetProperties[] =>
  gridProperties === undefined
    ? []
    : [
        {
          sheetId,
          title,
          rowCount: gridProperties.rowCount ?? 0,
          columnCount: gridProperties.columnCount ?? 0,
          ...(hidden === true && { isHidden: true }),
        },
      ];
