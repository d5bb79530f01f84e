import { expect } from 'chai';
import fc from 'fast-check';

import { appendAt, choosePlace } from '../../../../sandbox/sheets/append-values.ts';
import { readRequests, runRequests } from '../../../../sandbox/sheets/batch-requests.ts';
import { Sheet } from '../../../../sandbox/sheets/sheet.ts';
import { dimensions } from '../../../../sandbox/sheets/values-in.ts';
import { plainRendering, readLines } from '../../../../sandbox/sheets/values-out.ts';
import { Workbook } from '../../../../sandbox/sheets/workbook.ts';
import { writeRange } from '../../../../sandbox/sheets/write-values.ts';
import { withSandbox } from '../with-sandbox.ts';
import { aBook, type Told } from './sheets-rig.ts';

const valuesOf = ({ body }: Told): unknown => (body as { values?: unknown }).values;

/** Entered text, then what the cell is, shows and holds as a formula. */
const entered: readonly (readonly [string, unknown, string, unknown?])[] = [
  ['plain', 'plain', 'plain'],
  ['12', 12, '12'],
  [' 12 ', 12, '12'],
  ['007', 7, '7'],
  ['+79001234567', 79001234567, '79001234567'],
  ['+7 900 123-45-67', '+7 900 123-45-67', '+7 900 123-45-67'],
  ["'007", '007', '007'],
  ["'=1+1", '=1+1', '=1+1'],
  ['-1.50', -1.5, '-1.5'],
  ['1,234', 1234, '1,234'],
  ['$1,234.50', 1234.5, '$1,234.50'],
  ['12%', 0.12, '12%'],
  ['12E3', 12000, '1.20E+04'],
  ['true', true, 'TRUE'],
  ['FALSE', false, 'FALSE'],
  ['2020-01-01', 43831, '2020-01-01'],
  ['22.11.2026', 46348, '2026-11-22'],
  ['11/22/2026', 46348, '11/22/2026'],
  ['2020-01-01 12:00', 43831.5, '2020-01-01 12:00:00'],
  ['31.02.2026', '31.02.2026', '31.02.2026'],
  ['=1+2*3', 7, '7', '=1+2*3'],
  ['=(1+2)^2/-3', -3, '-3', '=(1+2)^2/-3'],
  ['=1/0', '#DIV/0!', '#DIV/0!', '=1/0'],
  ['=IMPORTXML("http://example.test")', '#SANDBOX', '#SANDBOX', '=IMPORTXML("http://example.test")'],
  ['+1+1', 2, '2', '=+1+1'],
  ['-SUM(A1)', '#SANDBOX', '#SANDBOX', '=-SUM(A1)'],
  ['\t=1+1', 2, '2', '=1+1'],
  ['＝1+1', 2, '2', '=1+1'],
  ['@name', '@name', '@name'],
  ['=', '=', '='],
];

describe('sandbox: values into a sheet and out of it', () => {
  const sandbox = withSandbox();
  const userEntered = { valueInputOption: 'USER_ENTERED' };

  for (const [text, plain, shown, formula = plain] of entered) {
    it(`reads ${JSON.stringify(text)}, as if typed, as ${JSON.stringify(plain)}, shown as ${shown}`, async () => {
      const { get, put } = await aBook(sandbox());
      await put('A1', [[text]], userEntered);
      const asked = async (valueRenderOption: string): Promise<unknown> =>
        valuesOf(await get('A1', { valueRenderOption }));
      expect(await asked('UNFORMATTED_VALUE')).to.deep.equal([[plain]]);
      expect(await asked('FORMATTED_VALUE')).to.deep.equal([[shown]]);
      expect(await asked('FORMULA')).to.deep.equal([[formula]]);
    });

    it(`keeps ${JSON.stringify(text)} unchanged under RAW`, async () => {
      const { get, put } = await aBook(sandbox());
      await put('A1', [[text]]);
      for (const valueRenderOption of ['UNFORMATTED_VALUE', 'FORMATTED_VALUE', 'FORMULA']) {
        expect(valuesOf(await get('A1', { valueRenderOption }))).to.deep.equal([[text]]);
      }
    });
  }

  it('reads back every rectangle it is given, trimmed, by rows and by columns', () => {
    const scalar = fc.oneof(fc.constant(''), fc.string(), fc.integer(), fc.boolean());
    const rectangle = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, columns]) =>
        fc.array(fc.array(scalar, { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      );
    fc.assert(
      fc.property(rectangle, fc.constantFrom(...dimensions), (values, dimension) => {
        const sheet = new Sheet({ sheetId: 0, title: 'S', rows: 10, columns: 10 });
        const { area } = writeRange(new Workbook('id', 'Book', 'en_US', [sheet]), 'C3', values, 'RAW');
        const read = readLines(sheet, area, { ...plainRendering, render: 'UNFORMATTED_VALUE', dimension });
        const asked =
          dimension === 'ROWS' ? values : values[0]?.map((_, at) => values.map((line) => line[at] ?? ''));
        const padded = asked?.map((line, at) => line.map((_, index) => read[at]?.[index] ?? ''));
        expect(padded).to.deep.equal(asked);
        expect(read.at(-1)).not.to.deep.equal([]);
        for (const line of read) expect(line.at(-1)).not.to.equal('');
      }),
    );
  });

  it('shows dates as text when asked', async () => {
    const { get, put } = await aBook(sandbox());
    await put('A1', [['2020-01-01', 43831]], userEntered);
    const query = { valueRenderOption: 'UNFORMATTED_VALUE', dateTimeRenderOption: 'FORMATTED_STRING' };
    expect(valuesOf(await get('A1:B1', query))).to.deep.equal([['2020-01-01', 43831]]);
  });

  it('skips null, empties with "", and counts the latter', async () => {
    const { id, put } = await aBook(sandbox());
    await put('A1', [['a', 'b', 'c']]);
    const { body } = await put('A1:C1', [[null, '', 1.5]]);
    expect(body).to.include({ updatedRange: 'Sheet1!A1:C1', updatedCells: 2, updatedColumns: 2 });
    expect(sandbox().sheets.rows(id)).to.deep.equal([['a', '', '1.5']]);
    expect((await put('A1', [[null]])).body).to.deep.equal({ spreadsheetId: id, updatedRange: 'Sheet1!A1' });
  });

  it('grows from one cell to the values, and not out of the grid', async () => {
    const { id, put } = await aBook(sandbox(), { sheets: [{ title: 'S', rows: 3, columns: 3 }] });
    const { body } = await put('S!B2', [
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(body).to.include({ updatedRange: 'S!B2:C3', updatedRows: 2, updatedColumns: 2, updatedCells: 4 });
    expect((await put('S!B2', [['a', 'b', 'c']])).body).to.have.nested.property(
      'error.message',
      'Range (S!B2:D2) exceeds grid limits. Max rows: 3, max columns: 3',
    );
    expect((await put('S!A1:C1', [['x'], ['y']])).body).to.have.nested.property(
      'error.message',
      'Requested writing within range [S!A1:C1], but tried writing to row [2]',
    );
    expect(sandbox().sheets.rows(id)).to.deep.equal([[], ['', 'a', 'b'], ['', 'c', 'd']]);
  });

  it('writes by columns', async () => {
    const { id, post } = await aBook(sandbox());
    const data = [{ range: 'A1', majorDimension: 'COLUMNS', values: [['a', 'b'], ['c']] }];
    const { body } = await post('/values:batchUpdate', { valueInputOption: 'RAW', data });
    expect(body).to.include({ totalUpdatedRows: 2, totalUpdatedColumns: 2, totalUpdatedCells: 3 });
    expect(sandbox().sheets.rows(id)).to.deep.equal([['a', 'c'], ['b']]);
  });

  it('counts cells of two sheets apart in the totals', async () => {
    const { post } = await aBook(sandbox(), { sheets: [{ title: 'One' }, { title: 'Two' }] });
    const data = ['One!A1', 'Two!A1', 'One!B1'].map((range) => ({ range, values: [['x']] }));
    const { body } = await post('/values:batchUpdate', { valueInputOption: 'RAW', data });
    expect(body).to.include({ totalUpdatedRows: 2, totalUpdatedColumns: 3, totalUpdatedSheets: 2 });
  });

  it('writes nothing of a batch with one bad part', async () => {
    const { id, post } = await aBook(sandbox());
    const data = [
      { range: 'A1', values: [['x']] },
      { range: 'A1:B1', values: [['a', 'b', 'c']] },
    ];
    const { status, body } = await post('/values:batchUpdate', { valueInputOption: 'RAW', data });
    expect(status).to.equal(400);
    expect(body)
      .to.have.nested.property('error.message')
      .that.matches(/^Invalid data\[1\]: /u);
    expect(sandbox().sheets.rows(id)).to.deep.equal([]);
    const cleared = await post('/values:batchClear', { ranges: ['A1', 'Нет!A1'] });
    expect(cleared.status).to.equal(400);
  });

  it('writes nothing where a cell is protected, however it is written', async () => {
    const values = [
      ['id', 'note'],
      ['1', 'mine'],
    ];
    const sheets = [{ title: 'S', sheet_id: 7, values, protected: ['A:A', 'B1'] }];
    const { id, put, append, post } = await aBook(sandbox(), { sheets });
    const row = [{ userEnteredValue: { stringValue: 'x' } }];
    const appendCells = { sheetId: 7, rows: [{ values: row }], fields: 'userEnteredValue' };
    const data = ['S!B2', 'S!B1'].map((range) => ({ range, values: [['x']] }));
    const refusals = [
      await put('S!A2:B2', [['x', 'y']]),
      await append('S!A1', [['x', 'y']]),
      await post(':batchUpdate', { requests: [{ appendCells }] }),
      await post('/values:batchUpdate', { valueInputOption: 'RAW', data }),
      await post('/values/S!A2:clear', {}),
    ];
    for (const { status, body } of refusals) {
      expect(status).to.equal(400);
      expect(body).to.have.nested.property('error.status', 'INVALID_ARGUMENT');
      expect(body)
        .to.have.nested.property('error.message')
        .that.contains('You are trying to edit a protected cell or object.');
    }
    expect(sandbox().sheets.rows(id)).to.deep.equal(values);
    expect((await put('S!A2:B2', [[null, 'y']])).status).to.equal(200);
  });

  it('clears nothing where a cell of the range is protected, be it empty', async () => {
    const values = [['id', 'note']];
    const { id, post } = await aBook(sandbox(), { sheets: [{ title: 'S', values, protected: ['B5:B'] }] });
    const cleared = [
      await post('/values/S!A1:C9:clear', {}),
      await post('/values/S:clear', {}),
      await post('/values:batchClear', { ranges: ['S!A1', 'S!B7'] }),
    ];
    for (const { status, text } of cleared)
      expect([status, text.includes('edit a protected cell')]).to.deep.equal([400, true]);
    expect(sandbox().sheets.rows(id)).to.deep.equal(values);
    expect((await post('/values/S!A1:B4:clear', {})).status).to.equal(200);
    expect(sandbox().sheets.rows(id)).to.deep.equal([]);
  });

  it('holds fifty thousand characters in a cell and not one more', async () => {
    const { put } = await aBook(sandbox());
    expect((await put('A1', [['x'.repeat(50_000)]])).status).to.equal(200);
    const { status, text } = await put('A1', [['x'.repeat(50_001)]]);
    expect([status, text.includes('maximum of 50000 characters')]).to.deep.equal([400, true]);
  });

  it('takes as many rows as a request can bring', () => {
    const rows = Array.from({ length: 150_000 }, () => [1]);
    const sheet = new Sheet({ sheetId: 0, title: 'S', rows: 3, columns: 1 });
    const book = new Workbook('id', 'Book', 'en_US', [sheet]);
    writeRange(book, 'S!A1', [['head'], [''], ['below']], 'RAW');
    const append = { range: 'S!A1', values: rows, option: 'RAW', insert: 'INSERT_ROWS', include: undefined } as const; // prettier-ignore
    const { answer } = appendAt(book, append, choosePlace(book, append));
    expect(answer.updates.updatedRange).to.equal('S!A2:A150001');
    expect(sheet.at(150_002, 0)).to.deep.equal({ kind: 'text', text: 'below' });
    const cells = rows.map(() => ({ values: [{ userEnteredValue: { numberValue: 1 } }] }));
    const appendCells = { sheetId: 0, rows: cells, fields: 'userEnteredValue' };
    runRequests(book, readRequests([{ appendCells }]));
    expect(sheet.usedRows).to.equal(300_003);
  });

  it('clears a part and the whole', async () => {
    const { id, post } = await aBook(sandbox(), {
      sheets: [{ title: 'S', values: Array<string[]>(3).fill(['a', 'b', 'c']) }],
    });
    expect((await post('/values/S!B2:B:clear', {})).body).to.deep.equal({
      spreadsheetId: id,
      clearedRange: 'S!B2:B1000',
    });
    expect(sandbox().sheets.rows(id)).to.deep.equal([
      ['a', 'b', 'c'],
      ['a', '', 'c'],
      ['a', '', 'c'],
    ]);
    await post('/values/S:clear', {});
    expect(sandbox().sheets.rows(id)).to.deep.equal([]);
  });

  for (const [values, message] of [
    [['x'], `Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), "x"`],
    [[[{ a: 1 }]], 'Invalid values[0][0]: struct_value {"a":1}'],
    [[['a'], ['b', [1]]], 'Invalid values[1][1]: list_value [1]'],
  ] as const) {
    it(`refuses the values ${JSON.stringify(values)}`, async () => {
      const { put } = await aBook(sandbox());
      expect((await put('A1', values)).body).to.have.nested.property('error.message', message);
    });
  }

  it('requires the range of the body to be that of the path', async () => {
    const { id, token } = await aBook(sandbox());
    const write = (range: string): Promise<Response> =>
      fetch(`${sandbox().sheetsBaseUrl}/v4/spreadsheets/${id}/values/A1%3AB1?valueInputOption=RAW`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ range, values: [['x']] }),
      });
    expect((await write("'sheet1'!A1:B1")).status).to.equal(200);
    expect((await write('Sheet1!A2:B2')).status).to.equal(400);
  });
});
