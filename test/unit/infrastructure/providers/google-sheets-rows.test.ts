import { expect } from 'chai';
import fc from 'fast-check';
import type { CellValue, MarkedRows, WrittenCell } from '../../../../src/domain/provider/spreadsheet.ts';
import {
  appendCellsRequest,
  layoutOf,
  updateOf,
  widthOf,
} from '../../../../src/infrastructure/providers/google-sheets/appended-rows.ts';
import { findRows } from '../../../../src/infrastructure/providers/google-sheets/found-rows.ts';

type Rows = readonly (readonly WrittenCell[])[];

const cell: fc.Arbitrary<WrittenCell> = fc.oneof(
  fc.constantFrom('', null),
  fc.constantFrom('a', '=1', 'TRUE', '007'),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
);
const rows: fc.Arbitrary<Rows> = fc.array(fc.array(cell, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
const isBlank = (value: unknown): boolean => value === null || value === '' || value === undefined;
const operations: fc.Arbitrary<readonly MarkedRows[]> = fc.array(
  rows
    .filter((candidate) => candidate.some((row) => row.some((value) => !isBlank(value))))
    .map((given) => ({ mark: 1, rows: given })),
  { minLength: 1, maxLength: 4 },
);

/** A sheet as a provider stores it: appended rows go below the last row with content. */
const lastFilled = (sheet: readonly (readonly CellValue[])[]): number =>
  sheet.findLastIndex((row) => row.some((value) => !isBlank(value)));
const appendTo = (sheet: CellValue[][], given: Rows): void => {
  const top = lastFilled(sheet) + 1;
  given.forEach((row, index) => {
    sheet[top + index] = row.map((value) => value ?? '');
  });
};

describe('rows appended to a sheet', () => {
  it('are written where the layout says, below all existing content', () => {
    fc.assert(
      fc.property(operations, fc.nat(5), (given, before) => {
        const sheet: CellValue[][] = Array.from({ length: before }, () => ['before']);
        for (const operation of given) appendTo(sheet, operation.rows);
        const { tops, last } = layoutOf(given);
        expect(lastFilled(sheet)).to.equal(before + last.row);
        expect(isBlank(sheet[before + last.row]?.[last.column])).to.equal(false);
        given.forEach((operation, index) => {
          const first = operation.rows.findIndex((row) => row.some((value) => !isBlank(value)));
          expect(sheet[before + tops[index]! + first]).to.deep.equal(
            operation.rows[first]?.map((value) => value ?? ''),
          );
        });
      }),
    );
  });

  it('are as wide as the widest of them, however many there are', () => {
    const many: Rows = Array.from({ length: 300_000 }, (_, n) => (n === 7 ? ['a', null, 'c'] : ['a']));
    expect([widthOf(many), widthOf([[]])]).to.deep.equal([3, 1]);
    expect(updateOf({ title: 'S', firstColumn: 1, rows: many }, 2).updatedRange).to.equal('S!B2:D300001');
  });

  it('are found again, the lowest of equal ones, and never where they are not', () => {
    fc.assert(
      fc.property(operations, (given) => {
        const sheet: CellValue[][] = [['head']];
        for (const operation of given) appendTo(sheet, operation.rows);
        const { tops } = layoutOf(given);
        const last = given.length - 1;
        expect(findRows(sheet, given[last]!.rows, sheet.length)).to.equal(1 + tops[last]!);
        expect(findRows(sheet, [['nowhere']], sheet.length)).to.equal(undefined);
        expect(findRows(sheet, given[last]!.rows, 0)).to.equal(undefined);
      }),
    );
  });

  it('do not accept cells of another type as their own', () => {
    expect(findRows([['1'], ['TRUE']], [[1]], 2)).to.equal(undefined);
    expect(findRows([['1'], ['TRUE']], [[true]], 2)).to.equal(undefined);
    expect(findRows([['x', 'more']], [['x']], 1)).to.equal(undefined);
    expect(findRows([['x']], [['x', null, '']], 1)).to.equal(0);
  });

  it('are counted as Google counts', () => {
    const written = {
      title: 'Заявки',
      firstColumn: 25,
      rows: [
        ['x', null, ''],
        [null, 1],
      ] as Rows,
    };
    expect(updateOf(written, 7)).to.deep.equal({
      updatedRange: "'Заявки'!Z7:AB8",
      updatedRows: 2,
      updatedColumns: 3,
      updatedCells: 3,
    });
    expect(updateOf({ ...written, rows: [[null, 'x']] }, 1)).to.include({
      updatedColumns: 1,
      updatedCells: 1,
    });
  });

  it('are reported without blank rows at their end, of which nothing is stored: the next row goes there', () => {
    const rows: Rows = [
      ['x', ''],
      ['', null],
      ['', ''],
    ];
    expect(updateOf({ title: 'S', firstColumn: 0, rows }, 7)).to.deep.equal({
      updatedRange: 'S!A7:B7',
      updatedRows: 1,
      updatedColumns: 2,
      updatedCells: 2,
    });
  });

  it('have ranges that never overlap', () => {
    fc.assert(
      fc.property(operations, (given) => {
        const { tops } = layoutOf(given);
        const [starts, ends] = [[] as number[], [] as number[]];
        for (const [index, operation] of given.entries()) {
          const update = updateOf({ title: 'S', firstColumn: 0, rows: operation.rows }, 1 + tops[index]!);
          const [, start = '', end = start] = /^S!A(\d+)(?::[A-Z]+(\d+))?$/.exec(update.updatedRange) ?? [];
          starts.push(Number(start));
          ends.push(Number(end));
        }
        for (const [index, end] of ends.slice(0, -1).entries()) expect(end).to.be.below(starts[index + 1]!);
      }),
    );
  });

  it('are sent typed, from the first column on, blank where they are blank', () => {
    const request = appendCellsRequest(7, 1, {
      mark: 1,
      rows: [
        ['=1', 2, false],
        [null, ''],
      ],
    });
    expect(request.appendCells).to.deep.equal({
      sheetId: 7,
      fields: 'userEnteredValue',
      rows: [
        {
          values: [
            {},
            { userEnteredValue: { stringValue: '=1' } },
            { userEnteredValue: { numberValue: 2 } },
            { userEnteredValue: { boolValue: false } },
          ],
        },
        { values: [{}, {}, {}] },
      ],
    });
  });
});
