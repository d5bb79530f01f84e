import * as t from 'io-ts';
import type { ReadAnswer, SpreadsheetMetadata } from '../../../domain/provider/spreadsheet.ts';
import type { Either } from '../../../domain/shared/fp.ts';

/** Decoders for cached spreadsheet answers, like those for places and routes in `cached-values.ts`. */
const valueRange = t.type({
  range: t.string,
  majorDimension: t.keyof({ ROWS: null, COLUMNS: null }),
  values: t.readonlyArray(t.readonlyArray(t.union([t.string, t.number, t.boolean]))),
});
const cells = t.type({ valueRanges: t.readonlyArray(valueRange) });

const sheet = t.type({ sheetId: t.number, title: t.string, rowCount: t.number, columnCount: t.number });
const metadata = t.type({
  spreadsheetId: t.string,
  title: t.string,
  locale: t.string,
  timeZone: t.string,
  sheets: t.readonlyArray(sheet),
});

export const decodeCells = (value: unknown): Either<unknown, ReadAnswer> => cells.decode(value);
export const decodeMetadata = (value: unknown): Either<unknown, SpreadsheetMetadata> =>
  metadata.decode(value);
