import { isRecord } from '../stand-in.ts';
import { checkFields, readRowData } from './cell-data.ts';
import { matcherOf, readMetadata, sheetOf } from './developer-metadata.ts';
import { sheetView } from './metadata-view.ts';
import { invalid, Refusal, unknownName } from './refusal.ts';
import { Sheet, type CellWrite } from './sheet.ts';
import { sameTitle } from './titles.ts';
import type { Workbook } from './workbook.ts';
import { writeUnprotected } from './write-unprotected.ts';

type Fields = Readonly<Record<string, unknown>>;
type Handler = (workbook: Workbook, request: Fields) => Readonly<Record<string, unknown>>;

const whole = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : otherwise;

const sheetIn = (workbook: Workbook, sheetId: unknown): Sheet => {
  const sheet = workbook.sheetById(whole(sheetId, 0));
  if (!sheet) throw invalid(`No grid with id: ${String(sheetId)}`);
  return sheet;
};

/** The first row that has no content in it or below it. */
const endOf = (sheet: Sheet): number => {
  for (let row = sheet.usedRows - 1; row >= 0; row -= 1) {
    if (sheet.row(row).some((cell) => cell !== undefined)) return row + 1;
  }
  return 0;
};

const endOfWrites = (writes: readonly CellWrite[]): readonly [rows: number, columns: number] =>
  writes.reduce(
    ([rows, columns], { row, column }) => [Math.max(rows, row + 1), Math.max(columns, column + 1)],
    [0, 0],
  );

const appendCells: Handler = (workbook, request) => {
  const sheet = sheetIn(workbook, request['sheetId']);
  checkFields(request['fields']);
  const writes = readRowData(request['rows'], endOf(sheet), 0);
  workbook.growTo(sheet, ...endOfWrites(writes));
  writeUnprotected(sheet, writes);
  return {};
};

const updateCells: Handler = (workbook, request) => {
  const start = isRecord(request['start']) ? request['start'] : undefined;
  const range = isRecord(request['range']) ? request['range'] : undefined;
  const corner = start ?? range ?? {};
  const sheet = sheetIn(workbook, corner['sheetId']);
  checkFields(request['fields']);
  const top = whole(corner[start ? 'rowIndex' : 'startRowIndex'], 0);
  const left = whole(corner[start ? 'columnIndex' : 'startColumnIndex'], 0);
  const writes = readRowData(request['rows'], top, left);
  const [rows, columns] = endOfWrites(writes);
  if (rows > sheet.rows || columns > sheet.columns) {
    throw invalid(`Attempting to write outside of the grid of ${sheet.rows} rows, ${sheet.columns} columns.`);
  }
  writeUnprotected(sheet, writes);
  return {};
};

const appendDimension: Handler = (workbook, request) => {
  const sheet = sheetIn(workbook, request['sheetId']);
  const length = whole(request['length'], 0);
  const rows = request['dimension'] === 'ROWS';
  if (!rows && request['dimension'] !== 'COLUMNS') throw invalid('dimension must be ROWS or COLUMNS.');
  workbook.growTo(sheet, sheet.rows + (rows ? length : 0), sheet.columns + (rows ? 0 : length));
  return {};
};

const addSheet: Handler = (workbook, request) => {
  const properties = isRecord(request['properties']) ? request['properties'] : {};
  const grid = isRecord(properties['gridProperties']) ? properties['gridProperties'] : {};
  const title =
    typeof properties['title'] === 'string' ? properties['title'] : `Sheet${workbook.sheets.length + 1}`;
  if (workbook.sheets.some((sheet) => sameTitle(sheet.title, title))) {
    throw invalid(`A sheet with the name "${title}" already exists. Please enter another name.`);
  }
  const sheetId = whole(
    properties['sheetId'],
    Math.max(...workbook.sheets.map((sheet) => sheet.sheetId)) + 1,
  );
  if (workbook.sheetById(sheetId)) throw invalid(`A sheet with id ${sheetId} already exists.`);
  const [rows, columns] = [whole(grid['rowCount'], 1_000), whole(grid['columnCount'], 26)];
  const added = new Sheet({ sheetId, title, rows, columns });
  const index = Math.min(whole(properties['index'], workbook.sheets.length), workbook.sheets.length);
  workbook.sheets.splice(index, 0, added);
  workbook.holdLimit();
  return { addSheet: sheetView(added, index) };
};

const createDeveloperMetadata: Handler = (workbook, request) => {
  const developerMetadata = readMetadata(request['developerMetadata'], workbook.metadata);
  const sheetId = sheetOf(developerMetadata.location);
  if (sheetId !== undefined) sheetIn(workbook, sheetId);
  workbook.metadata = [...workbook.metadata, developerMetadata];
  return { createDeveloperMetadata: { developerMetadata } };
};

const deleteDeveloperMetadata: Handler = (workbook, request) => {
  const matches = matcherOf(request['dataFilter']);
  const deletedDeveloperMetadata = workbook.metadata.filter(matches);
  workbook.metadata = workbook.metadata.filter((entry) => !matches(entry));
  return { deleteDeveloperMetadata: { deletedDeveloperMetadata } };
};

const handlers: Readonly<Record<string, Handler>> = {
  addSheet,
  appendCells,
  appendDimension,
  createDeveloperMetadata,
  deleteDeveloperMetadata,
  updateCells,
};

export type BatchRequest = { readonly kind: string; readonly fields: Fields };

/** Parses the list of `requests`; a kind that the sandbox does not implement is refused like one unknown to Google. */
export const readRequests = (requests: unknown): readonly BatchRequest[] => {
  if (!Array.isArray(requests) || requests.length === 0) throw invalid('Must specify at least one request.');
  return requests.map((request: unknown, index) => {
    const [kind, ...more] = isRecord(request) ? Object.keys(request) : [];
    if (kind === undefined || more.length > 0) throw invalid(`Invalid requests[${index}]: No request set.`);
    if (!(kind in handlers)) throw unknownName(kind, `requests[${index}]`);
    const fields = isRecord(request) ? request[kind] : undefined;
    return { kind, fields: isRecord(fields) ? fields : {} };
  });
};

/** Runs all on the given copy; the first failure ends the whole batch. */
export const runRequests = (
  workbook: Workbook,
  requests: readonly BatchRequest[],
): readonly Readonly<Record<string, unknown>>[] =>
  requests.map(({ kind, fields }, index) => {
    try {
      return handlers[kind]?.(workbook, fields) ?? {};
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const message = `Invalid requests[${index}].${kind}: ${error.message}`;
      throw new Refusal(error.status, message, error.details);
    }
  });
