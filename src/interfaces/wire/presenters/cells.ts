import * as t from 'io-ts';
import type {
  CellValue,
  ReadAnswer,
  SpreadsheetMetadata,
  ValueRange,
} from '../../../domain/provider/spreadsheet.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import { MOST_PADDED_CELLS, padRows } from '../../../domain/spreadsheet/cell-values.ts';
import { parseA1 } from '../../../domain/spreadsheet/parse-a1.ts';
import { rangeSize } from '../../../domain/spreadsheet/range-size.ts';
import { invalidInput, type InvalidInput } from '../../../application/input-problem.ts';
import { component, described, leaf } from '../codecs/codec.ts';
import { majorDimension } from '../codecs/sheets-codecs.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { integer } from '../codecs/values.ts';

const cell = leaf<CellValue>({ type: ['string', 'number', 'boolean'] }, (input) =>
  typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean'
    ? right(input)
    : left('a text, a number, true or false'),
);

export const valueRangeAnswer = component(
  'ValueRange',
  answerObject(
    {
      range: described('The range as resolved by the provider, including its sheet.', t.string),
      major_dimension: majorDimension,
      values: described(
        'Lines end at their last cell that is not empty, unless `pad` was requested.',
        t.readonlyArray(t.readonlyArray(cell)),
      ),
    },
    {},
  ),
);
export const valueRangesAnswer = answerObject(
  {
    value_ranges: described('One per range, in the order of the request.', t.readonlyArray(valueRangeAnswer)),
  },
  {},
);

const count = integer(0, Number.MAX_SAFE_INTEGER);
const sheetAnswer = component(
  'Sheet',
  answerObject(
    {
      sheet_id: described('Id of the sheet: the part of its URL after `gid=`.', count),
      title: described('Title, as used in ranges.', t.string),
      row_count: described('Rows of its grid, including empty ones.', count),
      column_count: described('Columns of its grid, including empty ones.', count),
    },
    {},
  ),
);
export const metadataAnswer = component(
  'Spreadsheet',
  answerObject(
    {
      spreadsheet_id: described('As asked.', t.string),
      title: described('Name of the document.', t.string),
      locale: described('Locale by which texts are parsed as numbers and dates, such as `ru_RU`.', t.string),
      time_zone: described('CLDR time zone, such as `Asia/Tashkent`.', t.string),
      sheets: described('In the order of the tabs.', t.readonlyArray(sheetAnswer)),
    },
    {},
  ),
);

export const metadataOf = (value: SpreadsheetMetadata): t.TypeOf<typeof metadataAnswer> => ({
  spreadsheet_id: value.spreadsheetId,
  title: value.title,
  locale: value.locale,
  time_zone: value.timeZone,
  sheets: value.sheets.map((sheet) => ({
    sheet_id: sheet.sheetId,
    title: sheet.title,
    row_count: sheet.rowCount,
    column_count: sheet.columnCount,
  })),
});

const valueRangeOf = (value: ValueRange): t.TypeOf<typeof valueRangeAnswer> => ({
  range: value.range,
  major_dimension: value.majorDimension,
  values: value.values,
});

/** The result of a read of one range. */
export const cellsOf = ({ valueRanges: [first] }: ReadAnswer): unknown =>
  first === undefined ? null : valueRangeOf(first);
export const cellRangesOf = ({ valueRanges }: ReadAnswer): t.TypeOf<typeof valueRangesAnswer> => ({
  value_ranges: valueRanges.map(valueRangeOf),
});

/**
 * Pads rows to the width of the range they belong to; all ranges together only up to a limit, for the sake of memory.
 */
export const padded = (answer: ReadAnswer): Either<InvalidInput, ReadAnswer> => {
  const valueRanges: ValueRange[] = [];
  let room = MOST_PADDED_CELLS;
  for (const value of answer.valueRanges) {
    const values = padRows(value.values, widthOf(value), 0, room);
    if (values === undefined)
      return left(
        invalidInput({
          pointer: '/pad',
          detail: `at most ${MOST_PADDED_CELLS} cells are padded; ask for smaller ranges, or fewer`,
        }),
      );
    room -= widthOf(value) * values.length;
    valueRanges.push({ ...value, values: values as ValueRange['values'] });
  }
  return right({ valueRanges });
};

const widthOf = ({ range, majorDimension: major }: ValueRange): number => {
  const parsed = parseA1(range);
  const size = isLeft(parsed) ? undefined : rangeSize(parsed.right);
  return (major === 'ROWS' ? size?.columns : size?.rows) ?? 0;
};
