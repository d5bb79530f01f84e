import { expect } from 'chai';

import { withSandbox } from '../with-sandbox.ts';
import { aBook, ask, type Told } from './sheets-rig.ts';

const text = (stringValue: string) => ({ userEnteredValue: { stringValue } });
const row = (...values: readonly unknown[]) => ({ values });
const appendRow = (sheetId: number, ...values: readonly unknown[]) => ({
  appendCells: { sheetId, rows: [row(...values)], fields: 'userEnteredValue' },
});
const marker = (metadataId: number, more: Readonly<Record<string, unknown>> = {}) => ({
  createDeveloperMetadata: {
    developerMetadata: {
      metadataId,
      metadataKey: 'operation',
      metadataValue: `k-${metadataId}`,
      location: { spreadsheet: true },
      visibility: 'DOCUMENT',
      ...more,
    },
  },
});
const lookup = (of: Readonly<Record<string, unknown>>) => ({ developerMetadataLookup: of });

const messageOf = ({ body }: Told): unknown => (body as { error?: { message?: unknown } }).error?.message;

describe('sandbox: spreadsheets.batchUpdate', () => {
  const sandbox = withSandbox();

  it('appends typed cells below all that is written, and makes the grid larger', async () => {
    const sheets = [{ title: 'S', rows: 2, columns: 2, values: [['', 'x'], ['y']] }];
    const { id, post } = await aBook(sandbox(), { sheets });
    const cells = [
      text('=1+1'),
      { userEnteredValue: { numberValue: 1.5 } },
      { userEnteredValue: { boolValue: true } },
      { userEnteredValue: { formulaValue: '=1+1' } },
    ];
    const { body } = await post(':batchUpdate', { requests: [appendRow(0, ...cells)] });
    expect(body).to.deep.equal({ spreadsheetId: id, replies: [{}] });
    const shown = sandbox().sheets.rows(id, 'S', 'UNFORMATTED_VALUE');
    expect(shown).to.deep.equal([['', 'x'], ['y'], ['=1+1', 1.5, true, 2]]);
  });

  it('does all or nothing', async () => {
    const { id, post } = await aBook(sandbox());
    const requests = [appendRow(0, text('x')), marker(1), { addSheet: { properties: { title: 'Sheet1' } } }];
    const refused = await post(':batchUpdate', { requests });
    expect(messageOf(refused)).to.match(/^Invalid requests\[2\]\.addSheet: /u);
    expect(sandbox().sheets.rows(id)).to.deep.equal([]);
    expect((await post(':batchUpdate', { requests: requests.slice(0, 2) })).status).to.equal(200);
    expect(messageOf(await post(':batchUpdate', { requests: requests.slice(0, 2) }))).to.equal(
      'Invalid requests[1].createDeveloperMetadata: A developer metadata with id 1 already exists.',
    );
    expect(sandbox().sheets.rows(id)).to.deep.equal([['x']]);
  });

  it('finds developer metadata by what is asked of it, and deletes it', async () => {
    const { id, token, post } = await aBook(sandbox(), { sheets: [{ title: 'S', sheet_id: 5 }] });
    const onRow = { dimensionRange: { sheetId: 5, dimension: 'ROWS', startIndex: 2, endIndex: 3 } };
    await post(':batchUpdate', { requests: [marker(1), marker(2), marker(3, { location: onRow })] });
    const found = async (of: Readonly<Record<string, unknown>>): Promise<readonly number[]> => {
      const { body } = await post('/developerMetadata:search', { dataFilters: [lookup(of)] });
      const { matchedDeveloperMetadata: all = [] } = body as {
        matchedDeveloperMetadata?: readonly { developerMetadata: { metadataId: number } }[];
      };
      return all.map(({ developerMetadata: { metadataId } }) => metadataId);
    };
    expect(await found({ metadataKey: 'operation' })).to.deep.equal([1, 2, 3]);
    expect(await found({ metadataKey: 'operation', metadataValue: 'k-2' })).to.deep.equal([2]);
    expect(await found({ locationType: 'ROW' })).to.deep.equal([3]);
    expect(await found({ metadataKey: 'other' })).to.deep.equal([]);
    const get = (metadataId: number): Promise<Told> =>
      ask(sandbox(), token, {
        method: 'GET',
        path: `/v4/spreadsheets/${id}/developerMetadata/${metadataId}`,
      });
    expect((await get(2)).body).to.include({ metadataId: 2, metadataValue: 'k-2' });
    const deletion = { deleteDeveloperMetadata: { dataFilter: lookup({ metadataId: 2 }) } };
    const { body } = await post(':batchUpdate', { requests: [deletion] });
    expect(body).to.have.nested.property(
      'replies[0].deleteDeveloperMetadata.deletedDeveloperMetadata[0].metadataId',
      2,
    );
    expect((await get(2)).status).to.equal(404);
    const calls = sandbox().sheets.state().counters.accounts;
    expect(Object.values(calls)[0]).to.include({ reads: 6, writes: 2 });
  });

  it('moves metadata with its row when rows are inserted above', async () => {
    const { id, token, post, append } = await aBook(sandbox(), {
      sheets: [{ title: 'S', values: [['head']] }],
    });
    const onRow = { dimensionRange: { sheetId: 0, dimension: 'ROWS', startIndex: 4, endIndex: 5 } };
    await post(':batchUpdate', { requests: [marker(1, { location: onRow })] });
    await append('S!A1', [['a'], ['b']], { insertDataOption: 'INSERT_ROWS' });
    const path = `/v4/spreadsheets/${id}/developerMetadata/1`;
    const { body } = await ask(sandbox(), token, { method: 'GET', path });
    expect(body).to.have.nested.property('location.dimensionRange.startIndex', 6);
  });

  it('has room for thirty thousand characters of metadata', async () => {
    const { post } = await aBook(sandbox());
    const large = (id: number) => marker(id, { metadataValue: 'v'.repeat(14_900) });
    expect((await post(':batchUpdate', { requests: [large(1), large(2)] })).status).to.equal(200);
    expect((await post(':batchUpdate', { requests: [large(3)] })).status).to.equal(400);
  });

  it('writes cells at a place, adds sheets and rows', async () => {
    const { id, post } = await aBook(sandbox());
    const requests = [
      {
        addSheet: {
          properties: { title: 'New', sheetId: 9, gridProperties: { rowCount: 2, columnCount: 2 } },
        },
      },
      { appendDimension: { sheetId: 9, dimension: 'ROWS', length: 1 } },
      {
        updateCells: {
          start: { sheetId: 9, rowIndex: 2, columnIndex: 1 },
          rows: [row(text('x'))],
          fields: '*',
        },
      },
    ];
    const { body } = await post(':batchUpdate', { requests, includeSpreadsheetInResponse: true });
    expect(body).to.have.nested.property('replies[0].addSheet.properties.sheetId', 9);
    expect(body).to.have.nested.property(
      'updatedSpreadsheet.sheets[1].properties.gridProperties.rowCount',
      3,
    );
    expect(sandbox().sheets.rows(id, 'New')).to.deep.equal([[], [], ['', 'x']]);
  });

  for (const [request, message] of [
    [{ paintItRed: {} }, /Unknown name "paintItRed" at 'requests\[0\]': Cannot find field\./u],
    [{}, /^Invalid requests\[0\]: No request set\.$/u],
    [appendRow(4, text('x')), /No grid with id: 4/u],
    [{ appendCells: { sheetId: 0, rows: [] } }, /At least one field must be listed in 'fields'/u],
    [marker(1, { visibility: undefined }), /visibility must be specified/u],
    [marker(1, { metadataKey: '' }), /metadataKey must be specified/u],
    [marker(1, { location: {} }), /location must be specified/u],
    [marker(1, { location: { sheetId: 77 } }), /No grid with id: 77/u],
    [
      { appendDimension: { sheetId: 0, dimension: 'ROWS', length: 400_000 } },
      /above the limit of 10000000 cells/u,
    ],
    [
      { updateCells: { start: { sheetId: 0, rowIndex: 1_000 }, rows: [row(text('x'))], fields: '*' } },
      /outside of the grid/u,
    ],
  ] as const) {
    it(`refuses ${JSON.stringify(request).slice(0, 70)}`, async () => {
      const { post } = await aBook(sandbox());
      const told = await post(':batchUpdate', { requests: [request] });
      expect(told.status).to.equal(400);
      expect(messageOf(told)).to.match(message);
    });
  }

  it('shows the spreadsheet, or the fields of it that are asked for', async () => {
    const { id, token } = await aBook(sandbox(), {
      title: 'Book',
      sheets: [{ title: 'One' }, { title: 'Two' }],
    });
    const get = (query: Readonly<Record<string, string>>): Promise<Told> =>
      ask(sandbox(), token, { method: 'GET', path: `/v4/spreadsheets/${id}`, query });
    const { body } = await get({});
    expect(body).to.include({ spreadsheetId: id });
    expect(body).to.have.nested.property('properties.locale', 'en_US');
    expect(body)
      .to.have.nested.property('sheets[1].properties')
      .that.deep.equals({
        sheetId: 1,
        title: 'Two',
        index: 1,
        sheetType: 'GRID',
        gridProperties: { rowCount: 1_000, columnCount: 26 },
      });
    expect((await get({ fields: 'properties.title,sheets/properties(title,sheetId)' })).body).to.deep.equal({
      properties: { title: 'Book' },
      sheets: [{ properties: { sheetId: 0, title: 'One' } }, { properties: { sheetId: 1, title: 'Two' } }],
    });
    expect((await get({ ranges: 'Two!A1', fields: 'sheets.properties.title' })).body).to.deep.equal({
      sheets: [{ properties: { title: 'Two' } }],
    });
    expect((await get({ fields: 'sheets(' })).status).to.equal(400);
  });
});
