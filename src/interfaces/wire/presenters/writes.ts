import * as t from 'io-ts';
import type { AppendedRows } from '../../../application/spreadsheet/append-parts.ts';
import type { ClearAnswer, UpdatedRange, WriteAnswer } from '../../../domain/provider/spreadsheet.ts';
import { component, described, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { integer } from '../codecs/values.ts';
import { textOrNull } from './times-and-money.ts';

const count = integer(0, Number.MAX_SAFE_INTEGER);

export const updateAnswer = component(
  'UpdatedRange',
  answerObject(
    {
      updated_range: described('The range that was written, including its sheet.', t.string),
      updated_rows: described('Number of rows written.', count),
      updated_columns: described('Number of columns written.', count),
      updated_cells: described('Number of cells written.', count),
    },
    {},
  ),
);
export const updatesAnswer = answerObject(
  { updates: described('In the order of the ranges.', t.readonlyArray(updateAnswer)) },
  {},
);
export const appendAnswer = answerObject(
  {
    table_range: described(
      'The table below which the rows were added; null if there was none or it is not known.',
      textOrNull,
    ),
    updates: described(
      'Where the rows were added; null if they are in the sheet but their position is no longer known.',
      nullable(updateAnswer),
    ),
  },
  {},
);
export const clearAnswer = answerObject(
  { cleared_range: described('The cleared range, including its sheet.', t.string) },
  {},
);

const updateOf = (update: UpdatedRange): t.TypeOf<typeof updateAnswer> => ({
  updated_range: update.updatedRange,
  updated_rows: update.updatedRows,
  updated_columns: update.updatedColumns,
  updated_cells: update.updatedCells,
});

/** The result of a write to one range. */
export const writtenOf = ({ updates: [first] }: WriteAnswer): unknown =>
  first === undefined ? null : updateOf(first);
export const updatesOf = ({ updates }: WriteAnswer): t.TypeOf<typeof updatesAnswer> => ({
  updates: updates.map(updateOf),
});
export const appendedOf = ({ tableRange, update }: AppendedRows): t.TypeOf<typeof appendAnswer> => ({
  table_range: tableRange ?? null,
  updates: update === undefined ? null : updateOf(update),
});
export const clearedOf = ({ clearedRanges: [first = ''] }: ClearAnswer): t.TypeOf<typeof clearAnswer> => ({
  cleared_range: first,
});
