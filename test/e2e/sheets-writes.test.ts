import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { behind } from '../support/faults-behind.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import {
  appendRows,
  aSpreadsheet,
  keyed,
  readCells,
  registerSheets,
  registerUnlimitedSheets,
  sheetsCalls,
  valuesPath,
  writeCells,
} from '../support/sheets-gateway.ts';
import { until } from '../support/until.ts';
import type { Data, Problem, Service } from '../support/wire.ts';

const FORMULAS = ['=1+1', '+1+1', '-1+1', '@SUM(1)', '\t=1', '\r=1', '＝1+1', '＋1', '－1', '＠x'];

/** The number of append requests sent, from the metrics. */
const appendsIn = (metrics: string): number =>
  Number(
    /integration_provider_calls_total\{provider="google_sheets",operation="sheets_append",outcome="ok"\} (\d+)/.exec(
      metrics,
    )?.[1] ?? 0,
  );

describe('Writing to spreadsheets', () => {
  let gateway: Gateway;
  let api: ApiClient;
  let email: string;
  let sheet: string;
  before(async () => {
    gateway = await startGateway({ RATE_LIMIT_SHEETS_PER_MINUTE: '0' });
    api = await gateway.administrator('uk_company_1');
    email = await registerUnlimitedSheets(api, gateway.sandbox, { config: { allow_formulas: true } });
  });
  after(() => gateway.stop());
  beforeEach(() => {
    sheet = aSpreadsheet(gateway.sandbox, email, [{ title: 'Sheet1' }, { title: 'Заявки' }]);
  });

  const rows = (title = 'Sheet1') => gateway.sandbox.sheets.rows(sheet, title, 'UNFORMATTED_VALUE');
  const calls = (): number => sheetsCalls(gateway.sandbox);
  const moreCallsThan = (before: number): Promise<number> =>
    until(
      async () => calls(),
      (now) => now > before,
    );

  it('preserves the types of values', async () => {
    const values = [
      ['007', 7, true],
      ['+998901234567', 0.1, { date: '2026-01-31' }],
    ];
    const { status, body } = await writeCells(api, sheet, 'Sheet1!B2', { values });
    expect(status).to.equal(200);
    expect(body.data).to.deep.equal({
      updated_range: 'Sheet1!B2:D3',
      updated_rows: 2,
      updated_columns: 3,
      updated_cells: 6,
    });
    expect(body.meta.cache.status).to.equal('bypass');
    const read = await readCells(api, sheet, 'Sheet1!B2:D3', '?value_render_option=UNFORMATTED_VALUE');
    expect(read.body.data.values).to.deep.equal([
      ['007', 7, true],
      ['+998901234567', 0.1, 46_053],
    ]);
  });

  it('skips null cells and empties those given as ""', async () => {
    await writeCells(api, sheet, 'A1', { values: [['a', 'b', 'c']] });
    await writeCells(api, sheet, 'A1:C1', { values: [[null, '', 'd']] });
    expect(rows()).to.deep.equal([['a', '', 'd']]);
  });

  it('truncates a range that ends outside the grid', async () => {
    await writeCells(api, sheet, 'Sheet1!A1:ZZ9999', { values: [['a', 'b']] });
    const read = await readCells(api, sheet, 'Sheet1!A1:Z9999');
    expect(read.body.data).to.deep.include({ range: 'Sheet1!A1:Z1000', values: [['a', 'b']] });
    const cleared = await api.ask('POST', `${valuesPath(sheet, 'Sheet1!B1:ZZ10000')}/clear`);
    expect([cleared.status, rows()]).to.deep.equal([200, [['a']]]);
  });

  it('writes columns, several ranges at once, and clears', async () => {
    await writeCells(api, sheet, 'A1:B2', { values: [[1, 2], [3, 4]], major_dimension: 'COLUMNS' }); // prettier-ignore
    expect(rows()).to.deep.equal([[1, 3], [2, 4]]); // prettier-ignore
    const batch = await api.post<{ data: { updates: readonly { updated_range: string }[] } }>(
      `/sheets/${sheet}/values/batch-update`,
      {
        data: [
          { range: 'Sheet1!D1', values: [['x']] },
          { range: "'Заявки'!A1:A2", values: [['y'], ['z']] },
        ],
      },
    );
    expect(batch.status).to.equal(200);
    expect(batch.body.data.updates.map(({ updated_range }) => updated_range)).to.deep.equal([
      'Sheet1!D1',
      "'Заявки'!A1:A2",
    ]);
    const cleared = await api.ask<{ data: { cleared_range: string } }>(
      'POST',
      `${valuesPath(sheet, 'Sheet1!A1:B2')}/clear`,
    );
    expect(cleared.status).to.equal(200);
    expect(cleared.body.data.cleared_range).to.equal('Sheet1!A1:B2');
    expect(rows()[0]?.at(-1)).to.equal('x');
    expect(rows('Заявки')).to.deep.equal([['y'], ['z']]);
  });

  for (const value_input_option of ['RAW', 'USER_ENTERED'])
    it(`stores a text that looks like a formula as text, ${value_input_option}`, async () => {
      const values = FORMULAS.map((text) => [text]);
      const range = `A1:A${FORMULAS.length}`;
      expect((await writeCells(api, sheet, range, { values, value_input_option })).status).to.equal(200);
      const appended = await appendRows(api, sheet, "'Заявки'!A1", { values, value_input_option });
      expect(appended.status).to.equal(200);
      for (const title of ['Sheet1', 'Заявки'])
        expect(gateway.sandbox.sheets.rows(sheet, title, 'FORMULA').flat()).to.deep.equal(FORMULAS);
    });

  it('also takes its options from the query, as Google does, but not from both places', async () => {
    const path = `${valuesPath(sheet, 'A1')}?value_input_option=USER_ENTERED&major_dimension=COLUMNS`;
    const written = await api.ask('PUT', path, { body: { values: [['1', '2']] } });
    expect(written.status).to.equal(200);
    expect(rows()).to.deep.equal([[1], [2]]);
    const twice = { values: [['1']], value_input_option: 'RAW', major_dimension: 'ROWS' };
    const refused = await api.ask<Problem>('PUT', `${path}&range=B1&pad=true`, { body: twice });
    expect(
      refused.body.errors?.map(({ pointer, parameter }) => [pointer, parameter ?? null]),
    ).to.have.deep.members([
      ['/value_input_option', null],
      ['/major_dimension', null],
      ['/range', 'range'],
      ['/pad', 'pad'],
    ]);
  });

  it('accepts formulas where the request says so', async () => {
    const values = [['=1+1', { formula: '=2+2' }, '5', '007.5']];
    const how = { value_input_option: 'USER_ENTERED', allow_formulas: true };
    expect((await writeCells(api, sheet, 'A1:D1', { values, ...how })).status).to.equal(200);
    expect(rows()).to.deep.equal([[2, 4, 5, '007.5']]);
  });

  it('accepts a formula in a cell that says so, and keeps the texts beside it', async () => {
    const formula = { formula: '=2+2' };
    const how = { value_input_option: 'USER_ENTERED' };
    const values = [['=1+1', formula, '5']];
    expect((await writeCells(api, sheet, 'A1:C1', { values, ...how })).status).to.equal(200);
    expect((await appendRows(api, sheet, 'Sheet1', { values, ...how })).status).to.equal(200);
    const data = [
      { range: 'A3:A4', values: [['@x'], ['-1']] },
      { range: 'B3', values: [[formula]] },
    ];
    const batch = await api.ask('POST', `/sheets/${sheet}/values/batch-update`, { body: { data, ...how } });
    expect(batch.status).to.equal(200);
    expect(rows()).to.deep.equal([['=1+1', 4, 5], ['=1+1', 4, 5], ['@x', 4], ['-1']]);
  });

  it('reports everything that is wrong before a call is spent', async () => {
    const before = calls();
    const write = await writeCells(api, 'no%20id', 'A0:', { values: [[1, {}], [1]], value_input_option: 'X', range: 'A1' }); // prettier-ignore
    expect(write.status).to.equal(422);
    expect((write.body as unknown as Problem).errors?.map(({ pointer }) => pointer).toSorted()).to.deep.equal(
      ['/range', '/range', '/spreadsheet_id', '/value_input_option', '/values/0/1', '/values/1'],
    );
    // One of the two errors about the range concerns the path, and names its parameter as on every route.
    expect(
      (write.body as unknown as Problem).errors?.flatMap(({ parameter }) => parameter ?? []),
    ).to.deep.equal(['range', 'spreadsheet_id']);
    const small = await writeCells(api, sheet, 'A1:B2', { values: [[1, 2, 3]] });
    expect((small.body as unknown as Problem).errors?.map(({ pointer }) => pointer)).to.deep.equal([
      '/range',
    ]);
    const formula = await appendRows(api, sheet, 'A1', { values: [[{ formula: '=1' }], [null]] });
    expect((formula.body as unknown as Problem).errors?.map(({ pointer }) => pointer)).to.deep.equal([
      '/values/0/0',
      '/values/1',
    ]);
    const blank = await appendRows(api, sheet, 'A1', { values: [[1], [null]] });
    expect((blank.body as unknown as Problem).errors?.map(({ pointer }) => pointer)).to.deep.equal([
      '/values/1',
    ]);
    const batch = await api.post<Problem>(`/sheets/${sheet}/values/batch-update`, {
      data: [{ range: 'A1:A0', values: [[1]] }, { range: 'A1:B1', values: [[1, 2, 3]] }, { values: 1 }], // prettier-ignore
    });
    expect(batch.body.errors?.map(({ pointer }) => pointer).toSorted()).to.deep.equal([
      '/data/0/range',
      '/data/1/range',
      '/data/2/range',
      '/data/2/values',
    ]);
    const large = await writeCells(api, sheet, 'A1', { values: [['x'.repeat(1024 * 1024)]] });
    expect(large.status).to.equal(413);
    expect(calls()).to.equal(before);
  });

  it('carries out a keyed write once, and repeats its answer', async () => {
    const body = { values: [['once']] };
    const first = await appendRows(api, sheet, 'Sheet1', body, keyed('append-1'));
    const again = await appendRows(api, sheet, 'Sheet1', body, keyed('append-1'));
    expect([first.status, again.status]).to.deep.equal([200, 200]);
    expect(first.headers.get('idempotency-replayed')).to.equal(null);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    expect(again.body.data).to.deep.equal(first.body.data);
    expect(rows()).to.deep.equal([['once']]);
    const other = await appendRows(api, sheet, 'Sheet1', { values: [['other']] }, keyed('append-1'));
    expect([other.status, (other.body as unknown as Problem).code]).to.deep.equal([
      422,
      'idempotency-mismatch',
    ]);
    const put = await writeCells(api, sheet, 'A1', body, keyed('append-1'));
    expect(put.status).to.equal(422);
    const neighbour = await gateway.administrator('uk_company_9');
    await registerSheets(neighbour, gateway.sandbox, {}, { client_email: email });
    expect((await appendRows(neighbour, sheet, 'Sheet1', body, keyed('append-1'))).status).to.equal(200);
    expect(rows()).to.deep.equal([['once'], ['once']]);
  });

  it('refuses a repeat while the first request is in progress', async () => {
    gateway.sandbox.sheets.control({ latency_ms: 2_000 });
    const before = calls();
    const first = appendRows(api, sheet, 'Sheet1', { values: [['slow']] }, keyed('slow-1'));
    await moreCallsThan(before);
    const second = await appendRows(api, sheet, 'Sheet1', { values: [['slow']] }, keyed('slow-1'));
    gateway.sandbox.sheets.control({ latency_ms: 0 });
    expect([second.status, (second.body as unknown as Problem).code]).to.deep.equal([
      409,
      'idempotency-in-progress',
    ]);
    expect(second.headers.get('retry-after')).to.match(/^\d+$/);
    expect((await first).status).to.equal(200);
  });

  it('finds rows whose answer was lost, and does not add them again', async () => {
    const methods = ['batchUpdate', 'developerMetadata.get', 'developerMetadata.search'] as const;
    gateway.sandbox.sheets.control({ fail_always: { mode: 'drop_after', methods } });
    const body = { values: [['lost', 1]] };
    const first = await appendRows(api, sheet, 'Sheet1', body, keyed('lost-1'));
    expect([first.status, (first.body as unknown as Problem).code]).to.deep.equal([504, 'outcome-unknown']);
    const metrics = await (await fetch(`${gateway.service().url}/metrics`)).text();
    expect(metrics).to.contain(
      'integration_writes_unknown_total{service="google_sheets",operation="sheets_append"} 1',
    );
    gateway.sandbox.sheets.control({ fail_always: null });
    const again = await appendRows(api, sheet, 'Sheet1', body, keyed('lost-1'));
    expect(again.status).to.equal(200);
    expect(again.body.data.updates.updated_range).to.equal('Sheet1!A1:B1');
    expect(rows()).to.deep.equal([['lost', 1]]);
  });

  it('does not repeat a USER_ENTERED append that may have been sent, but carries out one that never was', async () => {
    const body = { values: [['typed']], value_input_option: 'USER_ENTERED' };
    const send = async (): Promise<readonly unknown[]> => {
      const { status, body: told } = await appendRows(api, sheet, 'Sheet1', body, keyed('typed-1'));
      return [status, (told as unknown as Problem).code];
    };
    gateway.sandbox.sheets.control({
      fail_next: { count: 1, mode: 'drop_after', methods: ['values.append'] },
    });
    expect(await send()).to.deep.equal([504, 'outcome-unknown']);
    expect(await send()).to.deep.equal([504, 'outcome-unknown']);
    expect(rows()).to.deep.equal([['typed']]);
    // The state when a process dies while the rows wait for their turn.
    await gateway.sql(`update idempotency_keys set sent_under = null where key = 'typed-1'`);
    expect((await send())[0]).to.equal(200);
    expect(rows()).to.deep.equal([['typed'], ['typed']]);
  });

  it("does not count repeats that are answered without Google against Google's health", async () => {
    const body = { values: [['typed']], value_input_option: 'USER_ENTERED' };
    const send = () => appendRows(api, sheet, 'Sheet1', body, keyed('typed-2'));
    gateway.sandbox.sheets.control({
      fail_next: { count: 1, mode: 'drop_after', methods: ['values.append'] },
    });
    expect((await send()).status).to.equal(504);
    const before = calls();
    for (let repeat = 0; repeat < 6; repeat += 1) {
      const answer = await send();
      expect([answer.status, answer.headers.get('x-integration-cost')]).to.deep.equal([504, '0 USD']);
    }
    expect(calls()).to.equal(before);
    expect((await appendRows(api, sheet, 'Sheet1', { values: [['another']] })).status).to.equal(200);
    const services = await api.get<Data<readonly Service[]>>('/services?service_type=spreadsheet');
    expect(services.body.data.map(({ health_status }) => health_status)).to.not.include('degraded');
  });

  it('delays no other write while it waits for a token, and releases its key when there is none', async () => {
    const slow = await gateway.administrator('uk_company_3');
    const own = await registerSheets(
      slow,
      gateway.sandbox,
      {},
      { client_email: 'slow@p-3.iam.gserviceaccount.com' },
    );
    gateway.sandbox.sheets.share(sheet, own);
    // The other service already has its token.
    expect((await readCells(api, sheet, 'A1')).status).to.equal(200);
    gateway.sandbox.sheets.control({ fail_always: { mode: 'hang', methods: ['token'] } });
    // Longer than one attempt may take (ATTEMPT_TIMEOUT_MS): a second attempt is made, which sends nothing either.
    const headers = { ...keyed('no-token'), 'x-request-deadline-ms': '4000' };
    const body = { values: [['late']], value_input_option: 'USER_ENTERED' };
    const before = calls();
    const saidBefore = gateway.output().length;
    let answered = 0;
    const waiting = [
      writeCells(slow, sheet, 'B1', body, headers),
      appendRows(slow, sheet, 'Sheet1', body, { ...headers, ...keyed('no-token-either') }),
    ].map((asked) => asked.finally(() => (answered += 1)));
    await moreCallsThan(before);
    expect((await writeCells(api, sheet, 'A1', { values: [['at once']] })).status).to.equal(200);
    expect((await appendRows(api, sheet, 'Sheet1', { values: [['too']] })).status).to.equal(200);
    expect(answered, 'those who wait are answered later').to.equal(0);
    for (const answer of await Promise.all(waiting)) expect(answer.status).to.be.oneOf([502, 504]);
    gateway.sandbox.sheets.control({ fail_always: null });
    // A key that could not be released because the database was away for a moment is free when its lease expires.
    const said = gateway.output().slice(saidBefore);
    const { faults, late } = behind(
      'outcome of a write with an Idempotency-Key not stored, a repeat finds it out',
      said,
    );
    expect(faults).to.deep.equal([]);
    const keys = await gateway.sql(`select key from idempotency_keys where key like '%no-token%'`);
    expect(keys).to.have.length.at.most(late);
    expect(rows()).to.deep.equal([['at once'], ['too']]);
  });

  it('repeats a write to given cells by itself when its answer was lost', async () => {
    gateway.sandbox.sheets.control({
      fail_next: { count: 1, mode: 'drop_after', methods: ['values.update'] },
    });
    const written = await writeCells(api, sheet, 'A1', { values: [['again']] });
    expect(written.status).to.equal(200);
    expect(rows()).to.deep.equal([['again']]);
  });

  it('overwrites nothing that people put beside the first column, with and without a key', async () => {
    const { sheets } = gateway.sandbox;
    const table = [[null], [null, 'id', 'адрес'], [null, '1', 'a']]; // prettier-ignore
    for (const first of [null, 'Заявки'])
      for (const headers of [{}, keyed(`beside-${first === null}`)]) {
        const values = [[first], ...table].map((row) => row.map((cell) => cell ?? ''));
        const beside = sheets.addSpreadsheet({ shared_with: [email], sheets: [{ title: 'Sheet1', values }] });
        const before = sheets.rows(beside, 'Sheet1');
        const added = [['2', 'b'], ['3', 'c']]; // prettier-ignore
        const answer = await appendRows(api, beside, 'Sheet1', { values: added }, headers);
        expect(answer.body.data?.updates.updated_range).to.equal('Sheet1!A5:B6');
        expect(sheets.rows(beside, 'Sheet1')).to.deep.equal([...before, ...added]);
      }
  });

  it('adds rows to a named range, with and without a key, and reports an unknown name', async () => {
    const { sheets } = gateway.sandbox;
    const named = sheets.addSpreadsheet({
      shared_with: [email],
      sheets: [
        { title: 'Sheet1', values: [['kept']] },
        { title: 'Заявки', values: [['', 'id', 'адрес']] },
      ],
      named_ranges: [{ name: 'Orders', range: "'Заявки'!B1:C1" }],
    });
    const stand = async (values: readonly unknown[], headers = {}): Promise<unknown> =>
      (await appendRows(api, named, 'orders', { values: [values] }, headers)).body.data?.updates
        .updated_range;
    expect(await stand(['1', 'a'])).to.equal("'Заявки'!B2:C2");
    expect(await stand(['2', 'b'], keyed('named-1'))).to.equal("'Заявки'!B3:C3");
    expect(await stand(['', 'c'])).to.equal("'Заявки'!B4:C4");
    expect(await stand(['4', 'd'], keyed('named-2'))).to.equal("'Заявки'!B5:C5");
    const all = [['', 'id', 'адрес'], ['', '1', 'a'], ['', '2', 'b'], ['', '', 'c'], ['', '4', 'd']]; // prettier-ignore
    expect(sheets.rows(named, 'Заявки')).to.deep.equal(all);
    expect(sheets.rows(named, 'Sheet1')).to.deep.equal([['kept']]);
    expect((await readCells(api, named, 'Orders')).body.data.values).to.deep.equal([['id', 'адрес']]);
    for (const headers of [{}, keyed('named-3')]) {
      const refused = await appendRows(api, named, 'Nothing', { values: [['x']] }, headers);
      expect([refused.status, (refused.body as unknown as Problem).code]).to.deep.equal([
        422,
        'request-rejected',
      ]);
    }
  });

  it('uses the first visible sheet where a range names none, with and without a key', async () => {
    const { sheets } = gateway.sandbox;
    const id = sheets.addSpreadsheet({
      shared_with: [email],
      sheets: [{ title: 'Lists', hidden: true, values: [['hidden']] }, { title: 'Заявки' }],
    });
    for (const [n, headers] of [{}, keyed('first-shown')].entries()) {
      const answer = await appendRows(api, id, 'A:B', { values: [[`row ${n}`]] }, headers);
      expect(answer.body.data?.updates.updated_range).to.equal(`'Заявки'!A${n + 1}`);
    }
    expect((await readCells(api, id, 'A1:A2')).body.data.values).to.deep.equal([['row 0'], ['row 1']]);
    expect(sheets.rows(id, 'Lists')).to.deep.equal([['hidden']]);
  });

  it('adds a row with an empty first cell below the others, not beside them', async () => {
    await writeCells(api, sheet, 'A1:C2', { values: [['a', 'b', 'c'], ['d', 'e', 'f']] }); // prettier-ignore
    const appended = await appendRows(api, sheet, 'Sheet1', { values: [['', 'g', 'h']] });
    expect(appended.body.data.updates.updated_range).to.equal('Sheet1!A3:C3');
    await appendRows(api, sheet, 'Sheet1', { values: [['i', 'j', 'k']] });
    expect(rows().at(-1)).to.deep.equal(['i', 'j', 'k']);
  });

  it('adds rows below one that begins with empty cells, where Google finds no table, without overwriting any', async () => {
    const values = [['', 'a', ''], ['b', '', 'c'], ['', '', 'd'], ['e', 'f', 'g'], ['h', 'i', 'j']]; // prettier-ignore
    for (const row of values) await appendRows(api, sheet, 'Sheet1', { values: [row] });
    expect(rows()).to.deep.equal([['', 'a'], ...values.slice(1)]);
  });

  it('does not overwrite rows whose first cell was emptied or left out by a write to given cells', async () => {
    const changes: readonly (() => Promise<{ readonly status: number }>)[] = [
      () => writeCells(api, sheet, 'Sheet1!A1:A2', { values: [[''], ['']] }),
      () => {
        const data = [{ range: 'Sheet1!A1:A2', values: [['', '']], major_dimension: 'COLUMNS' }];
        return api.post(`/sheets/${sheet}/values/batch-update`, { data });
      },
      () => api.ask('POST', `${valuesPath(sheet, 'Sheet1!A:A')}/clear`),
      () => writeCells(api, sheet, 'Sheet1!A4:C4', { values: [[null, '', 'people']] }),
    ];
    for (const [n, change] of changes.entries()) {
      sheet = aSpreadsheet(gateway.sandbox, email, [{ title: 'Sheet1', values: [['id', 'адрес']] }]);
      const range = n % 2 === 0 ? 'Sheet1' : 'Sheet1!A:C';
      await appendRows(api, sheet, range, { values: [['1', 'a']] });
      expect((await change()).status).to.equal(200);
      const before = rows();
      await appendRows(api, sheet, range, { values: [['2', 'b', 'c'], ['3', 'd', 'e']] }); // prettier-ignore
      expect(rows()).to.deep.equal([...before, ['2', 'b', 'c'], ['3', 'd', 'e']]); // prettier-ignore
    }
  });

  it('adds rows in the same column as before, whatever was emptied elsewhere', async () => {
    const { sheets } = gateway.sandbox;
    const added = async (range: string, values: readonly (readonly string[])[]): Promise<unknown> => {
      const of = { shared_with: [email], sheets: [{ title: 'Sheet1', values }, { title: 'Заявки' }] };
      const names = [['Cell', 'A1'], ['Column', 'A1:A2'], ['Table', 'A1:C2']].map(([name, cells]) => ({ name: `${name}`, range: `Sheet1!${cells}` })); // prettier-ignore
      const id = sheets.addSpreadsheet({ ...of, named_ranges: names });
      await appendRows(api, id, range, { values: [['2']] });
      await api.ask('POST', `${valuesPath(id, "'Заявки'!A1")}/clear`);
      const { body } = await appendRows(api, id, range, { values: [['3']] });
      return body.data?.updates.updated_range;
    };
    const stacked = [['id'], ['1'], [''], [''], [''], ['other id'], ['1']];
    for (const range of ['Cell', 'Column', 'Sheet1!A1'])
      expect(await added(range, stacked)).to.equal('Sheet1!A4');
    for (const range of ['Table', 'Sheet1!A1:C1', 'Sheet1!A1:C4'])
      expect(await added(range, stacked)).to.equal('Sheet1!A4');
    const beside = [['id', '', 'list'], ['1', '', 'x'], ...Array.from({ length: 200 }, () => ['', '', 'x'])]; // prettier-ignore
    expect(await added('Sheet1', beside)).to.equal('Sheet1!A4');
  });

  it('does not overwrite wider rows when it adds rows that begin with empty cells', async () => {
    for (const range of ['Sheet1!A:A', 'Sheet1!A1:A5', 'Sheet1!A1', 'Sheet1!A:B']) {
      const sheets = [{ title: 'Sheet1', values: [], rows: 20, columns: 5 }];
      sheet = gateway.sandbox.sheets.addSpreadsheet({ shared_with: [email], sheets });
      for (const text of ['x', 'y', 'z']) await appendRows(api, sheet, range, { values: [['', '', text]] });
      expect(rows(), range).to.deep.equal([['', '', 'x'], ['', '', 'y'], ['', '', 'z']]); // prettier-ignore
    }
  });

  it('keeps its column when the sheet ends with its last row, whatever was emptied or added elsewhere', async () => {
    const values = [['id', '', 'note'], ['1', '', 'a']]; // prettier-ignore
    for (const range of ['Sheet1', 'Sheet1!A:C']) {
      const sheets = [{ title: 'Sheet1', values, rows: 2, columns: 5 }, { title: 'Заявки' }];
      sheet = gateway.sandbox.sheets.addSpreadsheet({ shared_with: [email], sheets });
      await appendRows(api, sheet, range, { values: [['2', '', 'b']] });
      await api.ask('POST', `${valuesPath(sheet, "'Заявки'!A1")}/clear`);
      await appendRows(api, sheet, range, { values: [['3', '', 'c']] });
      await appendRows(api, sheet, "'Заявки'", { values: [['', 'x']] });
      for (const id of ['4', '5']) await appendRows(api, sheet, range, { values: [[id, '', 'd']] });
      expect(rows()).to.deep.equal([...values, ['2', '', 'b'], ['3', '', 'c'], ['4', '', 'd'], ['5', '', 'd']]); // prettier-ignore
    }
  });

  it('does not overwrite rows that begin with empty cells, with and without keys, by whatever name of the range', async () => {
    const added = [
      ['Sheet1', ['v1', '', 'v3'], {}],
      ['Sheet1', ['', '', 'x'], keyed('ragged-1')],
      ['Sheet1', ['1', '2', '3'], {}],
      ['sheet1!A1', ['', '', 'y'], {}],
      ['Sheet1!A:C', ['4', '5', '6'], {}],
      ['A1', ['7', '8', '9'], {}],
    ] as const;
    for (const [range, row, headers] of added)
      expect((await appendRows(api, sheet, range, { values: [row] }, headers)).status).to.equal(200);
    expect(rows()).to.deep.equal(added.map(([, row]) => row));
  });

  it('sends a hundred concurrent appends in a few calls, and reports to each its own rows', async () => {
    const before = gateway.sandbox.sheets.state().counters;
    const values = (n: number): object => ({ values: [[`row-${n}`, n]] });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => appendRows(api, sheet, 'Sheet1', values(n))),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    const found = rows();
    expect(found).to.have.length(100);
    for (const [n, { body }] of answers.entries()) {
      const [, row] = /^Sheet1!A(\d+):B\1$/.exec(body.data.updates.updated_range) ?? [];
      expect(found[Number(row) - 1]).to.deep.equal([`row-${n}`, n]);
    }
    const appends = (counters: typeof before): number => counters.calls['values.append'];
    expect(appends(gateway.sandbox.sheets.state().counters) - appends(before)).to.be.within(1, 5);
  });

  it('charges appends that are sent together as one call, to the one that the quota counts', async () => {
    const own = await gateway.administrator('uk_company_5');
    const price = { cost_per_call: '0.001', rate_limit_per_day: 1_000 };
    // Calls of the other tests count only against their own account.
    const account = { client_email: 'paid@p-5.iam.gserviceaccount.com', project_id: 'p-5' };
    gateway.sandbox.sheets.share(sheet, await registerSheets(own, gateway.sandbox, price, account));
    const before = await (await fetch(`${gateway.service().url}/metrics`)).text();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => appendRows(own, sheet, 'Sheet1', { values: [[n]] })),
    );
    const costs = answers.map(({ status, headers }) => `${status} ${headers.get('x-integration-cost')}`);
    const services = await own.get<Data<readonly Service[]>>('/services');
    const path = `/services/${services.body.data[0]?.id}`;
    const quota = await own.get<Data<readonly { readonly used: number }[]>>(`${path}/quota`);
    const used = quota.body.data[0]?.used ?? 0;
    expect(used).to.be.within(1, 5);
    expect(costs.filter((cost) => cost === '200 0.001 USD')).to.have.length(used);
    expect(costs.filter((cost) => cost === '200 0 USD')).to.have.length(30 - used);
    const metrics = await (await fetch(`${gateway.service().url}/metrics`)).text();
    expect(appendsIn(metrics) - appendsIn(before)).to.equal(used);
    const told = await own.get<Data<readonly object[]>>(`${path}/costs`);
    expect(told.body.data[0]).to.deep.include({
      calls: 30,
      cost: { amount: `0.00${used}`, currency: 'USD' },
    });
  });

  it('exposes no written cell in trail, events, metrics and log lines', async () => {
    await writeCells(api, sheet, 'A1', { values: [['PLANTED-CELL']] });
    await appendRows(api, sheet, 'Sheet1', { values: [['PLANTED-CELL']] }, keyed('planted'));
    const trail = await gateway.sql<{ operation: string; request_body: unknown }>(
      `select * from integration_logs where operation in ('sheets_write', 'sheets_append') order by started_at desc`,
    );
    expect(trail[0]?.request_body).to.deep.equal({
      spreadsheet_id: sheet,
      range: 'Sheet1',
      value_input_option: 'RAW',
      rows: 1,
      longest_row: 1,
    });
    const events = await gateway.sql('select * from outbox_messages');
    const metrics = await (await fetch(`${gateway.service().url}/metrics`)).text();
    for (const text of [JSON.stringify(trail), JSON.stringify(events), metrics, gateway.output()])
      expect(text).to.not.contain('PLANTED-CELL');
  });
});
