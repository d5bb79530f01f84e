import { expect } from 'chai';
import fc from 'fast-check';

import { readRange } from '../../../../sandbox/sheets/a1.ts';
import { areaText, columnIndex, columnName } from '../../../../sandbox/sheets/area.ts';
import { echo, resolveRange } from '../../../../sandbox/sheets/resolve-range.ts';
import { Sheet } from '../../../../sandbox/sheets/sheet.ts';
import { looksLikeCell, quoteTitle } from '../../../../sandbox/sheets/titles.ts';
import { Workbook } from '../../../../sandbox/sheets/workbook.ts';

const [rows, columns] = [1_000, 26];
const workbookOf = (...titles: readonly string[]): Workbook =>
  new Workbook(
    'id',
    'Book',
    'en_US',
    titles.map((title, sheetId) => new Sheet({ sheetId, title, rows, columns })),
  );
const echoOf = (workbook: Workbook, text: string): string => {
  const { sheet, area } = resolveRange(workbook, text);
  return echo(sheet, area);
};

const area = fc
  .tuple(fc.nat(rows - 1), fc.nat(rows - 1), fc.nat(columns - 1), fc.nat(columns - 1))
  .map(([a, b, c, d]) => ({
    top: Math.min(a, b),
    bottom: Math.max(a, b) + 1,
    left: Math.min(c, d),
    right: Math.max(c, d) + 1,
  }));

describe('sandbox: A1 notation', () => {
  const workbook = workbookOf('Sheet1', 'CRM26', 'R1C1', 'a!b', "it's", 'x:y', 'Лист');

  it('names every column and finds it again', () => {
    expect([columnName(0), columnName(25), columnName(26), columnName(701), columnName(702)]).to.deep.equal([
      'A',
      'Z',
      'AA',
      'ZZ',
      'AAA',
    ]);
    fc.assert(fc.property(fc.nat(18_277), (index) => columnIndex(columnName(index)) === index));
  });

  it('reads back every range it echoes, under any title', () => {
    fc.assert(
      fc.property(area, fc.string({ minLength: 1 }), (asked, title) => {
        const text = `${quoteTitle(title)}!${areaText(asked)}`;
        expect(resolveRange(workbookOf('First', title), text).area).to.deep.equal(asked);
        expect(echoOf(workbookOf(title), text)).to.equal(text);
      }),
    );
  });

  it('quotes every title that would be read as something else', () => {
    for (const title of ['CRM26', 'A1', 'R1C1', 'RC', 'r2', 'Second Sheet', 'Лист', "it's", '1st', '']) {
      expect(quoteTitle(title)).to.match(/^'.*'$/u);
    }
    expect(['Sheet1', 'SHEET', '_x', 'data_2026'].map(quoteTitle)).to.deep.equal([
      'Sheet1',
      'SHEET',
      '_x',
      'data_2026',
    ]);
    expect(looksLikeCell('Sheet1')).to.equal(false);
  });

  for (const [text, expected] of [
    ['A1', 'Sheet1!A1'],
    ['b2:A1', 'Sheet1!A1:B2'],
    ['$A$1:B$2', 'Sheet1!A1:B2'],
    ['2:3', 'Sheet1!A2:Z3'],
    ['A5:A', 'Sheet1!A5:A1000'],
    ['C3:ZZ9999', 'Sheet1!C3:Z1000'],
    ['R2C3', 'Sheet1!C2'],
    ['R1C1:R2C2', 'Sheet1!A1:B2'],
    ['R01C01', 'Sheet1!A1'],
    ['R[1]C[1]', 'Sheet1!B2'],
    ['R1C1:R[2]C[2]', 'Sheet1!A1:C3'],
    ['R1C1:R2', 'Sheet1!A1:Z2'],
    ['R1C1:C2', 'Sheet1!A1:B1000'],
    ['R1', 'Sheet1!R1'],
    ['C1:C2', 'Sheet1!C1:C2'],
    ['R1C', 'Sheet1!A1'],
    ['RC', 'Sheet1!A1'],
    ['R', 'Sheet1!A1'],
    ['Sheet1!C', 'Sheet1!A1'],
    ['R[1]', 'Sheet1!A2:Z2'],
    ["'CRM26'", "'CRM26'!A1:Z1000"],
    ["'R1C1'!R2C2", "'R1C1'!B2"],
    ["'a!b'", "'a!b'!A1:Z1000"],
    ['a!b!A1', "'a!b'!A1"],
    ["'it''s'!A1", "'it''s'!A1"],
    ['x:y!A1', "'x:y'!A1"],
    ['ЛИСТ', "'Лист'!A1:Z1000"],
  ] as const) {
    it(`reads ${text} as ${expected}`, () => {
      expect(echoOf(workbook, text)).to.equal(expected);
    });
  }

  it('takes an unquoted title that looks like a cell for the cell', () => {
    expect(() => resolveRange(workbook, 'CRM26')).to.throw('Range (Sheet1!CRM26) exceeds grid limits');
  });

  for (const text of [
    '',
    '!',
    '!A1',
    'CRM26!A1',
    'Sheet1! A1',
    ' Sheet1!A1',
    "'Sheet1' !A1",
    "'Sheet1!A1",
    'Sheet1!A0',
    'Sheet1!A1:B2:C3',
    'Sheet1!5',
    'Sheet1!A:1',
    'Sheet1!R1C0',
    'Sheet1!A1:A0',
    'Sheet1!R[-1]C[1]',
    'Sheet1!B',
    'Z',
    'A1:R2C2',
    'R1C1:B2',
    'Sheet1!ABCD1',
    "''!A1",
  ]) {
    it(`cannot parse ${JSON.stringify(text)}`, () => {
      const read = readRange(text);
      expect(read === undefined || workbook.sheet(read.title) === undefined).to.equal(true);
      expect(() => resolveRange(workbook, text)).to.throw(`Unable to parse range: ${text}`);
    });
  }
});
