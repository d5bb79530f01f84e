import type * as t from 'io-ts';
import type {
  Spreadsheet,
  UpdatedRange,
  WrittenCell,
  WrittenRange,
} from '../../../domain/provider/spreadsheet.ts';
import { isLeft, left, map, right } from '../../../domain/shared/fp.ts';
import { uncopied } from './google-client.ts';
import { outcomeUnknown, type SheetsAsker } from './sheets-asker.ts';
import { appended, batchCleared, batchUpdated, cleared, updated } from './sheets-codecs.ts';

export type CellWrites = Pick<Spreadsheet, 'write' | 'append' | 'clear'>;
type Ask = SheetsAsker['ask'];

/** Writes values as given: each call is one request to the provider, and none is ever sent twice here. */
export const cellWrites = ({ ask }: SheetsAsker): CellWrites => {
  const one = { write: writeOne(ask), clear: clearOne(ask) };
  const several = { write: writeSeveral(ask), clear: clearSeveral(ask) };
  return {
    write: (access, request) =>
      (request.data.length === 1 && request.asBatch !== true ? one : several).write(access, request),
    append: append(ask),
    clear: (access, request) => (request.ranges.length === 1 ? one : several).clear(access, request),
  };
};

const writeOne =
  (ask: Ask): CellWrites['write'] =>
  async (access, { spreadsheetId, valueInputOption, data: [only] }) => {
    const { range, ...cells } = sentRange(only!);
    const requestBody = uncopied(cells);
    const answer = await ask(access, {
      kind: 'write',
      answer: updated,
      call: (client, options) =>
        client.spreadsheets.values.update({ spreadsheetId, range, valueInputOption, requestBody }, options),
    });
    return map((update: Updated) => ({ updates: [updatedRange(update)] }))(answer);
  };

const writeSeveral =
  (ask: Ask): CellWrites['write'] =>
  async (access, { spreadsheetId, valueInputOption, data }) => {
    const requestBody = uncopied({ valueInputOption, data: data.map(sentRange) });
    const answer = await ask(access, {
      kind: 'write',
      answer: batchUpdated,
      call: (client, options) =>
        client.spreadsheets.values.batchUpdate({ spreadsheetId, requestBody }, options),
    });
    if (isLeft(answer)) return answer;
    const { responses } = answer.right;
    return responses.length === data.length
      ? right({ updates: responses.map(updatedRange) })
      : left(outcomeUnknown(`${responses.length} ranges in answer to ${data.length}`));
  };

const append =
  (ask: Ask): CellWrites['append'] =>
  async (access, { rows, ...params }) => {
    const requestBody = uncopied({ majorDimension: 'ROWS', values: listed(rows) });
    const answer = await ask(access, {
      kind: 'write',
      answer: appended,
      call: (client, options) => client.spreadsheets.values.append({ ...params, requestBody }, options),
    });
    return map(({ tableRange, updates }: t.TypeOf<typeof appended>) => ({
      ...(tableRange === undefined ? {} : { tableRange }),
      update: updatedRange(updates),
    }))(answer);
  };

const clearOne =
  (ask: Ask): CellWrites['clear'] =>
  async (access, { spreadsheetId, ranges: [range = ''] }) => {
    const answer = await ask(access, {
      kind: 'write',
      answer: cleared,
      call: (client, options) =>
        client.spreadsheets.values.clear({ spreadsheetId, range, requestBody: {} }, options),
    });
    return map(({ clearedRange }: t.TypeOf<typeof cleared>) => ({ clearedRanges: [clearedRange] }))(answer);
  };

const clearSeveral =
  (ask: Ask): CellWrites['clear'] =>
  async (access, { spreadsheetId, ranges }) => {
    const requestBody = { ranges: [...ranges] };
    const answer = await ask(access, {
      kind: 'write',
      answer: batchCleared,
      call: (client, options) =>
        client.spreadsheets.values.batchClear({ spreadsheetId, requestBody }, options),
    });
    return map(({ clearedRanges }: t.TypeOf<typeof batchCleared>) => ({ clearedRanges }))(answer);
  };

type Updated = t.TypeOf<typeof updated>;

/** A write of nulls alone changes nothing, and JSON from protocol buffers leaves zeros out. */
const updatedRange = ({
  updatedRange: range,
  updatedRows = 0,
  updatedColumns = 0,
  updatedCells = 0,
}: Updated): UpdatedRange => ({ updatedRange: range, updatedRows, updatedColumns, updatedCells });

const sentRange = ({ range, majorDimension, values }: WrittenRange) => ({
  range,
  majorDimension,
  values: listed(values),
});

/** The client's types require mutable lists, although it does not change them. */
const listed = (rows: readonly (readonly WrittenCell[])[]): WrittenCell[][] => rows as WrittenCell[][];
