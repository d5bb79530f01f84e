import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import {
  aSpreadsheet,
  readCells,
  registerSheets,
  sheetsCalls,
  valuesPath,
  type Cells,
} from '../support/sheets-gateway.ts';
import type { Problem } from '../support/wire.ts';

const TITLE = "Заявки 'июнь'";

describe('Reading spreadsheets', () => {
  let gateway: Gateway;
  let api: ApiClient;
  let sheet: string;
  before(async () => {
    gateway = await startGateway();
    api = await gateway.administrator('uk_company_1');
    const email = await registerSheets(api, gateway.sandbox);
    sheet = aSpreadsheet(gateway.sandbox, email, [
      {
        title: TITLE,
        values: [
          ['id', 'адрес', 'PLANTED-CELL'],
          [1, '', true],
          ['', 'ул. Навои'],
        ],
      },
      { title: 'Q1' },
    ]);
  });
  after(() => gateway.stop());

  const calls = (): number => sheetsCalls(gateway.sandbox);

  it('finds a range by its quoted Cyrillic title, and reports it as resolved by Google', async () => {
    const { status, body, headers } = await readCells(api, sheet, "'Заявки ''июнь'''!A1:C3");
    expect(status).to.equal(200);
    expect(body.data).to.deep.equal({
      range: "'Заявки ''июнь'''!A1:C3",
      major_dimension: 'ROWS',
      values: [
        ['id', 'адрес', 'PLANTED-CELL'],
        ['1', '', 'TRUE'],
        ['', 'ул. Навои'],
      ],
    });
    expect(headers.get('cache-status')).to.equal('integration; fwd=miss; stored');
    expect(body.meta).to.deep.include({ provider: 'google_sheets', attribution: null });
  });

  it('takes an unquoted word for a named range before a sheet, and a quoted one only for a sheet', async () => {
    const named = gateway.sandbox.sheets.addSpreadsheet({
      sheets: [
        { title: 'Sheet1', values: [['of the name']] },
        { title: 'Итоги', values: [['of the sheet']] },
      ],
      named_ranges: [
        { name: 'Итоги', range: 'Sheet1!A1' },
        { name: 'Цены', range: 'Sheet1!A1' },
      ],
    });
    const found = async (range: string): Promise<unknown> =>
      (await readCells(api, named, range)).body.data?.values;
    expect(await found('Итоги')).to.deep.equal([['of the name']]);
    expect(await found("'Итоги'")).to.deep.equal([['of the sheet']]);
    expect(await found('Цены')).to.deep.equal([['of the name']]);
    expect((await readCells(api, named, "'Цены'")).status).to.equal(422);
  });

  it('serves another spelling of a range from the cache, but not other options', async () => {
    await readCells(api, sheet, "'Заявки ''июнь'''!A1:B2");
    const before = calls();
    const again = await readCells(api, sheet, "'ЗАЯВКИ ''ИЮНЬ'''!$b$2:a1");
    expect(again.headers.get('cache-status')).to.match(/^integration; hit; .*detail=l1$/);
    expect(calls()).to.equal(before);
    const raw = await readCells(
      api,
      sheet,
      "'Заявки ''июнь'''!A1:B2",
      '?value_render_option=UNFORMATTED_VALUE&major_dimension=COLUMNS',
    );
    expect(raw.body.data).to.deep.include({ major_dimension: 'COLUMNS', values: [['id', 1], ['адрес']] });
    expect(calls()).to.equal(before + 1);
  });

  it('pads rows on request, from the same cache entry', async () => {
    await readCells(api, sheet, "'Заявки ''июнь'''!A1:D3");
    const { body, headers } = await readCells(api, sheet, "'Заявки ''июнь'''!A1:D3", '?pad=true');
    expect(headers.get('cache-status')).to.contain('; hit;');
    expect(body.data.values).to.deep.equal([
      ['id', 'адрес', 'PLANTED-CELL', ''],
      ['1', '', 'TRUE', ''],
      ['', 'ул. Навои', '', ''],
    ]);
  });

  it('reads several ranges in one provider request', async () => {
    const before = calls();
    const { status, body } = await api.post<{ data: { value_ranges: readonly Cells['data'][] } }>(
      `/sheets/${sheet}/values/batch-get`,
      { ranges: ["'Заявки ''июнь'''!A1", "'Q1'"] },
    );
    expect(status).to.equal(200);
    expect(body.data.value_ranges.map(({ range, values }) => [range, values])).to.deep.equal([
      ["'Заявки ''июнь'''!A1", [['id']]],
      ["'Q1'!A1:Z1000", []],
    ]);
    expect(calls()).to.equal(before + 1);
    const single = await api.post<{ data: { value_ranges: readonly unknown[] } }>(
      `/sheets/${sheet}/values/batch-get`,
      { ranges: ["'Заявки ''июнь'''!A1:B2"] },
    );
    expect(single.body.data.value_ranges).to.have.length(1);
  });

  it('lists the sheets of a spreadsheet', async () => {
    const { body } = await api.get<{ data: { sheets: readonly { title: string }[] } }>(`/sheets/${sheet}`);
    expect(body.data.sheets.map(({ title }) => title)).to.deep.equal([TITLE, 'Q1']);
    const again = await api.get(`/sheets/${sheet}`);
    expect(again.headers.get('cache-status')).to.contain('; hit;');
  });

  it('reports everything that is wrong with a request before a call is spent', async () => {
    const before = calls();
    const read = await api.get<Problem>('/sheets/no%20id/values/A0%3AB?pad=perhaps&more=1');
    expect(read.status).to.equal(422);
    expect(read.body.errors?.map(({ pointer }) => pointer).toSorted()).to.deep.equal([
      '/more',
      '/pad',
      '/range',
      '/spreadsheet_id',
    ]);
    expect(read.body.errors?.map(({ parameter }) => parameter).toSorted()).to.deep.equal([
      'more',
      'pad',
      'range',
      'spreadsheet_id',
    ]);
    const batch = await api.post<Problem>('/sheets/no%20id/values/batch-get', {
      ranges: ['A1', 'A1:', 5],
      major_dimension: 'DIAGONAL',
      spreadsheet_id: 'another',
    });
    expect(batch.status).to.equal(422);
    expect(batch.body.errors?.map(({ pointer }) => pointer).toSorted()).to.deep.equal([
      '/major_dimension',
      '/ranges/1',
      '/ranges/2',
      '/spreadsheet_id',
      '/spreadsheet_id',
    ]);
    expect(calls()).to.equal(before);
  });

  it('names the account a spreadsheet must be shared with, and reports when there is none', async () => {
    const hidden = gateway.sandbox.sheets.addSpreadsheet({ shared_with: [] });
    const refused = await api.get<Problem>(valuesPath(hidden, 'A1'));
    expect(refused.status).to.equal(422);
    expect(refused.body.code).to.equal('request-rejected');
    expect(refused.body.detail).to.match(/share the spreadsheet with \S+@\S+/);
    const missing = await api.get<Problem>(valuesPath('1'.repeat(44), 'A1'));
    expect([missing.status, missing.body.code]).to.deep.equal([404, 'not-found']);
  });

  it('keeps tenants apart: another one has no service, and its own account sees nothing', async () => {
    const other = await gateway.administrator('uk_company_2');
    expect((await readCells(other, sheet, "'Q1'!A1")).status).to.equal(503);
    await registerSheets(other, gateway.sandbox, {}, { client_email: 'other@p-2.iam.gserviceaccount.com' });
    const refused = await other.get<Problem>(valuesPath(sheet, "'Заявки ''июнь'''!A1:C3"));
    expect([refused.status, refused.body.code]).to.deep.equal([422, 'request-rejected']);
  });

  it('needs the scope of sheets', async () => {
    const issued = await api.post<{ data: { token: string } }>('/tokens', {
      name: 'geocoder',
      scopes: ['geocoding'],
    });
    const geocoder = gateway.caller('uk_company_1', issued.body.data.token);
    expect((await readCells(geocoder, sheet, 'A1')).status).to.equal(403);
  });

  it('leaves the shape of what was read in the trail, and its cells nowhere', async () => {
    await readCells(api, sheet, "'Заявки ''июнь'''!A1:C3", '?value_render_option=FORMULA');
    const rows = await gateway.sql<{ request_body: unknown; response_body: unknown; endpoint: string }>(
      `select request_body, response_body, endpoint from integration_logs where operation = 'sheets_read'
        and status = 'success' order by started_at desc limit 1`,
    );
    expect(rows[0]).to.deep.include({
      endpoint: '/v4/spreadsheets/{spreadsheetId}/values/{range}',
      response_body: {
        value_ranges: [
          { range: "'Заявки ''июнь'''!A1:C3", major_dimension: 'ROWS', lines: 3, longest_line: 3 },
        ],
      },
    });
    const trail = await gateway.sql('select * from integration_logs');
    const events = await gateway.sql('select * from outbox_messages');
    const metrics = await (await fetch(`${gateway.service().url}/metrics`)).text();
    for (const text of [JSON.stringify(trail), JSON.stringify(events), metrics, gateway.output()])
      expect(text).to.not.contain('PLANTED-CELL');
    expect(metrics).to.contain('operation="sheets_read"');
  });
});
