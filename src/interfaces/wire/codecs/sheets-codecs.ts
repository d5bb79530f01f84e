import type { ReadCells } from '../../../application/queries/read-cells.ts';
import type {
  DateTimeRenderOption,
  MajorDimension,
  ValueRenderOption,
} from '../../../domain/provider/spreadsheet.ts';
import type { A1Range } from '../../../domain/spreadsheet/a1-range.ts';
import { LONGEST_RANGE, parseA1 } from '../../../domain/spreadsheet/parse-a1.ts';
import { isSpreadsheetId, SPREADSHEET_ID } from '../../../domain/spreadsheet/spreadsheet-id.ts';
import { left, mapLeft, right } from '../../../domain/shared/fp.ts';
import { remembering } from '../../../domain/shared/remembering.ts';
import { component, described, leaf, listOf, mapped, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { oneOf } from './values.ts';

const MOST_RANGES = 100;

/** As in the URL of a spreadsheet between /d/ and /edit. */
export const spreadsheetId = leaf<string>(
  {
    type: 'string',
    pattern: SPREADSHEET_ID.source,
    description: 'Id of the spreadsheet: the part of its URL between `/d/` and `/edit`.',
  },
  (input) =>
    typeof input === 'string' && isSpreadsheetId(input) ? right(input) : left('the id of a spreadsheet'),
);

/** Cached, since the same few ranges are read again and again. */
const parsed = remembering(
  (text) => mapLeft(({ detail }: { readonly detail: string }) => detail)(parseA1(text)),
  1_000,
);

export const range = leaf<A1Range>(
  {
    type: 'string',
    minLength: 1,
    maxLength: LONGEST_RANGE,
    description: 'A range in A1 or R1C1 notation, or the name of a named range.',
    examples: ["'Заявки 2026'!A2:F", 'Sheet1', 'A1:C10'],
  },
  (input) => (typeof input === 'string' ? parsed(input) : left('must be a string')),
);

export const majorDimension = oneOf<MajorDimension>(['ROWS', 'COLUMNS'], {
  default: 'ROWS',
  description: 'Whether a line of `values` is a row or a column.',
});
const valueRenderOption = oneOf<ValueRenderOption>(['FORMATTED_VALUE', 'UNFORMATTED_VALUE', 'FORMULA'], {
  default: 'FORMATTED_VALUE',
  description:
    'How cells are returned: as shown in the sheet, as unformatted numbers and texts, or as formulas.',
});
const dateTimeRenderOption = oneOf<DateTimeRenderOption>(['SERIAL_NUMBER', 'FORMATTED_STRING'], {
  default: 'SERIAL_NUMBER',
  description:
    'How dates are returned: as days since 30 December 1899, or as shown in the sheet; with FORMATTED_VALUE they are always as shown.',
});
/** In a query it is a text. */
const pad = leaf<boolean>(
  {
    type: 'boolean',
    default: false,
    description: 'Whether short lines are padded with "" to the width of the range.',
  },
  (input) =>
    input === true || input === 'true'
      ? right(true)
      : input === false || input === 'false'
        ? right(false)
        : left('true or false'),
);

const how = {
  major_dimension: majorDimension,
  value_render_option: valueRenderOption,
  date_time_render_option: dateTimeRenderOption,
  pad,
};
type How = {
  readonly major_dimension?: MajorDimension;
  readonly value_render_option?: ValueRenderOption;
  readonly date_time_render_option?: DateTimeRenderOption;
  readonly pad?: boolean;
};

/** `pad` is applied to the answer, so that padded and plain reads share a cache entry. */
export type CellsAsked = { readonly request: ReadCells; readonly pad: boolean };

const asked = (id: string, ranges: readonly A1Range[], given: How, asBatch: boolean): CellsAsked => ({
  request: {
    spreadsheetId: id,
    ranges,
    asBatch,
    majorDimension: given.major_dimension ?? 'ROWS',
    valueRenderOption: given.value_render_option ?? 'FORMATTED_VALUE',
    dateTimeRenderOption: given.date_time_render_option ?? 'SERIAL_NUMBER',
  },
  pad: given.pad ?? false,
});

/** What an HTTP route has in its path is part of a command's body. */
export const metadataCommand: Codec<{ readonly spreadsheetId: string }> = mapped(
  strictObject({ spreadsheet_id: spreadsheetId }, {}),
  (body) => ({ spreadsheetId: body.spreadsheet_id }),
);

export const readQuery = strictObject({}, how);
export const readCommand: Codec<CellsAsked> = component(
  'SheetsRead',
  mapped(strictObject({ spreadsheet_id: spreadsheetId, range }, how), (body) =>
    asked(body.spreadsheet_id, [body.range], body, false),
  ),
);

const ranges = described('Results are returned in this order.', listOf(range, { min: 1, max: MOST_RANGES }));
export const batchGetBody = strictObject({ ranges }, how);
export const batchGetCommand: Codec<CellsAsked> = mapped(
  strictObject({ spreadsheet_id: spreadsheetId, ranges }, how),
  (body) => asked(body.spreadsheet_id, body.ranges, body, true),
);
