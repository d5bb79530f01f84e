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
      updated_range: described('What was written, with its sheet.', t.string),
      updated_rows: described('Rows of it.', count),
      updated_columns: described('Columns of it.', count),
      updated_cells: described('Cells of it.', count),
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
      'The table below which they stand; null when there was none, or it is not known.',
      textOrNull,
    ),
    updates: described(
      'Where these rows stand; null when they are in the sheet and nobody can tell any more where.',
      nullable(updateAnswer),
    ),
  },
  {},
);
export const clearAnswer = answerObject(
  { cleared_range: described('What is empty now, with its sheet.', t.string) },
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
