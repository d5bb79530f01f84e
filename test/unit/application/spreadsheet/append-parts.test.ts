import { expect } from 'chai';
import {
  sendParts,
  type AppendPart,
  type AppendedRows,
} from '../../../../src/application/spreadsheet/append-parts.ts';
import type { Spreadsheet, UpdatedRange, WrittenCell } from '../../../../src/domain/provider/spreadsheet.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { anAccess, answered } from '../../../support/provider-access.ts';

type Rows = readonly (readonly WrittenCell[])[];

/** Appends below row 1 of a sheet, and counts as Google does: null is not written, "" is. */
const answerTo = (rows: Rows): UpdatedRange => {
  const written = rows.map((row) => row.flatMap((cell, column) => (cell === null ? [] : [column])));
  const width = Math.max(...rows.map((row) => row.length));
  const cells = `A2:${'ABCDEFG'[width - 1]}${rows.length + 1}`;
  return {
    updatedRange: `Sheet1!${cells === 'A2:A2' ? 'A2' : cells}`,
    updatedRows: written.filter((columns) => columns.length > 0).length,
    updatedColumns: new Set(written.flat()).size,
    updatedCells: written.flat().length,
  };
};

const spreadsheet: Pick<Spreadsheet, 'append' | 'appendMarked'> = {
  append: async (_, { rows }) => right({ tableRange: 'Sheet1!A1', update: answerTo(rows) }),
  appendMarked: () => Promise.reject(new Error('no marks here')),
};

const partOf = (rows: Rows): AppendPart => ({
  request: {
    spreadsheetId: '1abc',
    range: 'Sheet1',
    rows,
    valueInputOption: 'RAW',
    insertDataOption: 'OVERWRITE',
  },
  marked: undefined,
});

const told = async (
  first: Rows,
  ...more: readonly Rows[]
): Promise<readonly (AppendedRows['update'] | undefined)[]> => {
  const outcomes = answered(await sendParts(spreadsheet, anAccess(), [partOf(first), ...more.map(partOf)]));
  return outcomes.map((outcome) => answered(outcome).update);
};

describe('parts of one append', () => {
  for (const rows of [
    [['a']],
    [['a', null]],
    [[null, 'b', null]],
    [['', null, 3]],
    [
      ['a', null],
      ['b', null],
    ],
    [
      ['a', null, null],
      [null, 'b', null],
    ],
  ] satisfies readonly Rows[])
    it(`are counted with others as alone: ${JSON.stringify(rows)}`, async () => {
      const [alone] = await told(rows);
      const [first] = await told(rows, [['x', 'y', 'z']]);
      expect(first).to.deep.equal(alone);
    });

  it('have their own ranges, one below the other', async () => {
    const updates = await told([['a'], ['b']], [[1, 2, 3]], [[true, null]]);
    expect(updates.map((update) => update?.updatedRange)).to.deep.equal([
      'Sheet1!A2:A3',
      'Sheet1!A4:C4',
      'Sheet1!A5:B5',
    ]);
  });
});
