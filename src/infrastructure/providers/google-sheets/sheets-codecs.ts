import * as t from 'io-ts';
import type { CellValue, MajorDimension } from '../../../domain/provider/spreadsheet.ts';

/**
 * For answers in which every field is optional: an error would match them, too, and servers between us and Google do
 * send errors with a good status.
 */
export const noError = <A, O>(codec: t.Type<A, O>): t.Type<A, O> =>
  new t.Type(
    codec.name,
    codec.is,
    (input, context) =>
      t.UnknownRecord.is(input) && Object.hasOwn(input, 'error')
        ? t.failure(input, context)
        : codec.validate(input, context),
    codec.encode,
  );

/** Zeros may be left out, as always in JSON made from protocol buffers. */
const cell: t.Type<CellValue, CellValue, unknown> = t.union([t.string, t.number, t.boolean]);
const majorDimension: t.Type<MajorDimension, MajorDimension, unknown> = t.union([
  t.literal('ROWS'),
  t.literal('COLUMNS'),
]);

export const valueRange = t.intersection([
  t.type({ range: t.string }),
  t.partial({ majorDimension, values: t.array(t.array(cell)) }),
]);
export const valueRanges = t.type({ valueRanges: t.array(valueRange) });

export const updated = t.intersection([
  t.type({ updatedRange: t.string }),
  t.partial({ updatedRows: t.number, updatedColumns: t.number, updatedCells: t.number }),
]);
export const batchUpdated = t.type({ responses: t.array(updated) });
export const appended = t.intersection([t.type({ updates: updated }), t.partial({ tableRange: t.string })]);

export const cleared = t.type({ clearedRange: t.string });
export const batchCleared = t.type({ clearedRanges: t.array(t.string) });

const sheet = t.type({
  properties: t.intersection([
    t.type({ title: t.string }),
    t.partial({
      sheetId: t.number,
      hidden: t.boolean,
      gridProperties: t.partial({ rowCount: t.number, columnCount: t.number }),
    }),
  ]),
});
export const spreadsheet = t.intersection([
  t.type({
    spreadsheetId: t.string,
    properties: t.partial({ title: t.string, locale: t.string, timeZone: t.string }),
    sheets: t.array(sheet),
  }),
  t.partial({}),
]);

const gridData = t.partial({
  startRow: t.number,
  rowData: t.array(t.partial({ values: t.array(t.partial({ userEnteredValue: t.UnknownRecord })) })),
});
/** Only confirms that the requests were carried out; what it shows of the sheets is merely helpful. */
export const batchDone = noError(
  t.partial({
    replies: t.array(t.unknown),
    updatedSpreadsheet: t.partial({
      sheets: t.array(t.partial({ properties: t.partial({ sheetId: t.number }), data: t.array(gridData) })),
    }),
  }),
);
export type BatchDone = t.TypeOf<typeof batchDone>;

export const foundMarks = noError(
  t.partial({
    matchedDeveloperMetadata: t.array(t.type({ developerMetadata: t.type({ metadataId: t.number }) })),
  }),
);
export const marksGone = noError(t.UnknownRecord);
