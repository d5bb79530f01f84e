import { expect } from 'chai';
import fc from 'fast-check';

import type { Cell } from '../../../../sandbox/sheets/cell.ts';
import { Sheet } from '../../../../sandbox/sheets/sheet.ts';
import { tablesOf } from '../../../../sandbox/sheets/tables.ts';
import { withSandbox } from '../with-sandbox.ts';
import { aBook } from './sheets-rig.ts';

const full: Cell = { kind: 'text', text: 'x' };

/** Tables A1:C2 and B4:D6 of the guide. */
const guide = [
  ['x', 'y', 'z'],
  ['x', 'y', 'z'],
  [],
  [null, 'x', 'y', 'z'],
  [null, 'x', 'y', 'z'],
  [null, 'x', 'y', 'z'],
];

describe('sandbox: the table an append goes below', () => {
  const sandbox = withSandbox();

  for (const [range, table, written] of [
    ['Sheet1', 'B4:D6', 'B7'],
    ['Sheet1!B2:D4', 'B4:D6', 'B7'],
    ['Sheet1!A3:G10', 'B4:D6', 'B7'],
    ['Sheet1!A1', 'A1:C2', 'A3'],
    ['Sheet1!E4', undefined, 'E4'],
  ] as const) {
    it(`is ${table ?? 'none'} for ${range}, as in the guide`, async () => {
      const { append } = await aBook(sandbox(), { sheets: [{ title: 'Sheet1', values: guide }] });
      const { body } = await append(range, [['new']]);
      expect(body).to.have.nested.property('updates.updatedRange', `Sheet1!${written}`);
      if (table === undefined) expect(body).not.to.have.property('tableRange');
      else expect(body).to.have.property('tableRange', `Sheet1!${table}`);
    });
  }

  it('drifts to the right over and over, unless the range is a cell of the table', async () => {
    const drifting = await aBook(sandbox());
    const anchored = await aBook(sandbox());
    for (let row = 0; row < 3; row += 1) {
      await drifting.append('Sheet1', [['a', '', 'c']]);
      await anchored.append('Sheet1!A1', [['a', '', 'c']]);
    }
    expect(sandbox().sheets.rows(drifting.id)).to.deep.equal([
      ['a', '', 'c'],
      ['', '', 'a', '', 'c'],
      ['', '', '', '', 'a', '', 'c'],
    ]);
    expect(sandbox().sheets.rows(anchored.id)).to.deep.equal(Array(3).fill(['a', '', 'c']));
  });

  it('is overwritten below, or pushed down', async () => {
    const values = [['head'], [], ['below']];
    const over = await aBook(sandbox(), { sheets: [{ title: 'S', values }] });
    const rows = [['1'], ['2'], ['3']];
    await over.append('S!A1', rows);
    expect(sandbox().sheets.rows(over.id)).to.deep.equal([['head'], ...rows]);
    const inserted = await aBook(sandbox(), { sheets: [{ title: 'S', values }] });
    await inserted.append('S!A1', rows, { insertDataOption: 'INSERT_ROWS' });
    expect(sandbox().sheets.rows(inserted.id)).to.deep.equal([['head'], ...rows, [], ['below']]);
  });

  it('makes the grid larger at its end, in rows and columns', async () => {
    const sheets = [
      {
        title: 'S',
        rows: 2,
        columns: 2,
        values: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      },
    ];
    const { id, append, get } = await aBook(sandbox(), { sheets });
    const { body } = await append('S!A1', [['1', '2', '3']]);
    expect(body).to.have.nested.property('updates.updatedRange', 'S!A3:C3');
    expect((await get('S')).body).to.have.property('range', 'S!A1:C3');
    expect(sandbox().sheets.rows(id)).to.deep.include(['1', '2', '3']);
  });

  it('stops at ten million cells, whatever the rows contain', async () => {
    const sheets = [{ title: 'S', rows: 10_000, columns: 1_000 }];
    const { append } = await aBook(sandbox(), { sheets });
    const { status, body } = await append('S!A1', [['x']], { insertDataOption: 'INSERT_ROWS' });
    expect(status).to.equal(400);
    expect(body).to.have.nested.property(
      'error.message',
      'This action would increase the number of cells in the workbook above the limit of 10000000 cells.',
    );
    expect((await append('S!A1', [['x']])).status).to.equal(200);
  });

  it('holds every cell once, and is bounded by empty rows and columns', () => {
    const place = fc.record({ row: fc.nat(7), column: fc.nat(7) });
    const places = fc.uniqueArray(place, {
      selector: ({ row, column }) => row * 8 + column,
      minLength: 1,
      maxLength: 24,
    });
    fc.assert(
      fc.property(places, (cells) => {
        const sheet = new Sheet({ sheetId: 0, title: 'S', rows: 10, columns: 10 });
        sheet.write(cells.map(({ row, column }) => ({ row, column, cell: full })));
        let held = 0;
        for (const { top, left, bottom, right } of tablesOf(sheet)) {
          const within = (by: number) =>
            cells.filter(
              ({ row, column }) =>
                row >= top - by && row < bottom + by && column >= left - by && column < right + by,
            );
          const inside = within(0);
          held += inside.length;
          expect(within(1), 'cells beside the table').to.have.lengthOf(inside.length);
          const [rows, columns] = [inside.map(({ row }) => row), inside.map(({ column }) => column)];
          expect([Math.min(...rows), Math.max(...rows)]).to.deep.equal([top, bottom - 1]);
          expect([Math.min(...columns), Math.max(...columns)]).to.deep.equal([left, right - 1]);
        }
        expect(held).to.equal(cells.length);
      }),
      { numRuns: 500 },
    );
  });
});
