import { expect } from 'chai';
import { anchorBelow, anchorOf, columnsOf } from '../../../../src/domain/spreadsheet/append-anchor.ts';
import { formatA1 } from '../../../../src/domain/spreadsheet/format-a1.ts';
import { misfit, misfitBelow } from '../../../../src/domain/spreadsheet/misfit.ts';
import { parsed } from './arbitrary-ranges.ts';

describe('anchorOf', () => {
  const anchors = {
    Sheet1: 'Sheet1!A:A',
    "'Лист 2'": "'Лист 2'!A:A",
    'Sheet1!A:C': 'Sheet1!A:A',
    'Sheet1!C:E': 'Sheet1!C:C',
    'Sheet1!B2:D4': 'Sheet1!B2:B4',
    'A5:C': 'A5:A',
    '2:5': 'A2:A5',
    'C3:7': 'C3:C7',
    'Sheet1!A1': 'Sheet1!A1',
  };
  for (const [text, anchor] of Object.entries(anchors)) {
    it(`appends to ${text} at ${anchor}`, () => {
      expect(formatA1(anchorOf(parsed(text)))).to.equal(anchor);
    });
  }
});

describe('anchorBelow', () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['Sheet1', 'Sheet1', 0, 'Sheet1!A1'],
    ['Sheet1', 'Sheet1', 7, 'Sheet1!A8'],
    ['Sheet1!A:C', 'Sheet1!A:C', 7, 'Sheet1!A8'],
    ['Sheet1!B2:D4', 'Sheet1!B2:D', 3, 'Sheet1!B5'],
    ['Sheet1!B2:D2', 'Sheet1!B2:D', 3, 'Sheet1!B5'],
    ['Sheet1!B2:B4', 'Sheet1!B2:B', 3, 'Sheet1!B5'],
    ['Sheet1!A1', "'Sheet1'", 7, 'Sheet1!A8'],
    ['Sheet1!B3', 'Sheet1!B3:ZZZ', 2, 'Sheet1!B5'],
    ['2:5', 'A2:ZZZ', 1, 'A3'],
  ];
  for (const [text, read, rows, anchor] of cases) {
    it(`appends to ${text} at ${anchor} after ${rows} rows of ${read}`, () => {
      expect(formatA1(columnsOf(parsed(text)))).to.equal(read);
      expect(formatA1(anchorBelow(parsed(text), rows))).to.equal(anchor);
    });
  }
});

describe('misfit', () => {
  const size = (rows: number, columns: number) => ({ rows, columns });

  it('lets a write to one cell grow and an open range take what it can', () => {
    expect(misfit(parsed('B2'), size(5, 5))).to.equal(undefined);
    expect(misfit(parsed('Sheet1'), size(5000, 50))).to.equal(undefined);
    expect(misfit(parsed('A:C'), size(5000, 3))).to.equal(undefined);
    expect(misfit(parsed('B2:C3'), size(2, 2))).to.equal(undefined);
    expect(misfit(parsed('B2:C3'), size(1, 1))).to.equal(undefined);
  });

  it('says which side is too short', () => {
    expect(misfit(parsed('A1:B1'), size(1, 3))).to.equal('columns of the range: 2, of the values: 3');
    expect(misfit(parsed('A1:B1'), size(2, 2))).to.equal('rows of the range: 1, of the values: 2');
    expect(misfit(parsed('A5:A'), size(2, 2))).to.equal('columns of the range: 1, of the values: 2');
    expect(misfit(parsed('2:3'), size(3, 2))).to.equal('rows of the range: 2, of the values: 3');
    expect(misfit(parsed('B2:B'), size(1, 2))).to.equal('columns of the range: 1, of the values: 2');
  });

  it('refuses what reaches beyond any grid', () => {
    expect(misfit(parsed('ZZZ1'), size(1, 2))).to.equal('the values reach beyond any grid');
    expect(misfit(parsed('A10000000'), size(2, 1))).to.equal('the values reach beyond any grid');
    expect(misfit(parsed('A5000000'), size(1, 3))).to.equal('the values reach beyond any grid');
    expect(misfit(parsed('ZZY1'), size(1, 2))).to.equal(undefined);
    expect(misfit(parsed('A5000000'), size(1, 2))).to.equal(undefined);
  });

  it('of rows below a table never fits into a grid, whatever rows and width the range has', () => {
    expect(misfitBelow(parsed('ZZZ:ZZZ'), size(1, 2))).to.equal('the values reach beyond any grid');
    expect(misfitBelow(parsed('B:C'), size(1, 18_278))).to.equal('the values reach beyond any grid');
    expect(misfitBelow(parsed('Sheet1'), size(5_000_001, 2))).to.equal('the values reach beyond any grid');
    expect(misfitBelow(parsed('A10000000'), size(2, 1))).to.equal(undefined);
    expect(misfitBelow(parsed('B:C'), size(500, 18_277))).to.equal(undefined);
  });
});
