import { expect } from 'chai';

import { startSandbox } from '../../../../sandbox/sandbox.ts';
import type { ServiceAccountKey } from '../../../../sandbox/sheets/accounts.ts';
import type { SheetsPatch } from '../../../../sandbox/sheets/sheets-control.ts';
import type { SheetsState } from '../../../../sandbox/sheets/sheets-service.ts';
import { get, json, post, withSandbox } from '../with-sandbox.ts';
import { aBook, ask, askToken, assertionOf } from './sheets-rig.ts';

describe('sandbox: control of Google Sheets over HTTP', () => {
  const sandbox = withSandbox();
  const url = (path = ''): string => `${sandbox().url}/__control/sheets${path}`;

  it('makes accounts and spreadsheets, shares them, and shows their rows', async () => {
    const email = 'a@project.test';
    const key = json<ServiceAccountKey>(await post(url('/accounts'), { client_email: email }));
    expect(key).to.include({ type: 'service_account', client_email: email });
    expect(key.private_key).to.match(/^-----BEGIN PRIVATE KEY-----\n/u);
    const sheets = [{ title: 'S', values: [['=1+1', 7]], input: 'USER_ENTERED' }];
    const { spreadsheet_id: id } = json<{ spreadsheet_id: string }>(
      await post(url('/spreadsheets'), { title: 'Book', sheets, shared_with: [] }),
    );
    const token = json<{ access_token: string }>({
      status: 200,
      headers: new Headers(),
      text: await (await askToken(sandbox(), assertionOf(key))).text(),
    }).access_token;
    const read = async (): Promise<number> =>
      (await ask(sandbox(), token, { method: 'GET', path: `/v4/spreadsheets/${id}/values/A1` })).status;
    expect(await read()).to.equal(403);
    const sharing = { spreadsheet_id: id, client_email: email, role: 'reader' };
    expect((await post(url('/sharing'), sharing)).status).to.equal(200);
    expect(await read()).to.equal(200);
    const rows = async (more: Readonly<Record<string, string>>): Promise<unknown> =>
      json(await get(url('/rows'), { spreadsheet_id: id, ...more }));
    expect(await rows({})).to.deep.equal({ rows: [['2', '7']] });
    expect(await rows({ sheet: 'S', render: 'FORMULA' })).to.deep.equal({ rows: [['=1+1', 7]] });
    const state = json<SheetsState>(await get(url(), {}));
    expect(state).to.deep.include({ accounts: [email], spreadsheets: [id], open_appends: 0 });
    expect(state.counters.calls).to.include({ 'values.get': 2, token: 1 });
    expect(json<readonly unknown[]>(await get(url('/requests'), {}))).to.have.lengthOf(3);
  });

  it('sets what it is told and shows it as the patch that would set it', async () => {
    const patch: SheetsPatch = {
      latency_ms: 1,
      append_window_ms: 2,
      fail_next: { mode: '503', count: 3, methods: ['values.append'], retry_after_s: 4 },
      fail_always: { mode: 'drop_after', methods: ['get'] },
      fail_some: { chances: [{ mode: '500', probability: 0.5 }] },
      quota: { writes_per_account: 5 },
      token_life_s: 6,
      clock_skew_ms: -7,
      legacy_errors: true,
    };
    const { settings } = json<SheetsState>(await post(url(), patch));
    expect(settings).to.deep.equal({
      ...patch,
      quota: {
        reads_per_project: 300,
        reads_per_account: 60,
        writes_per_project: 300,
        writes_per_account: 5,
      },
    });
    const reset = json<SheetsState>(await post(url(), { reset: true }));
    expect(reset.settings).to.deep.include({ latency_ms: 0, fail_next: null, fail_always: null });
  });

  it('forgets all with the rest of the sandbox', async () => {
    const { token, id } = await aBook(sandbox());
    sandbox().control({ reset: true });
    expect(sandbox().sheets.state()).to.deep.include({ accounts: [], spreadsheets: [] });
    const told = await ask(sandbox(), token, { method: 'GET', path: `/v4/spreadsheets/${id}` });
    expect(told.status).to.equal(401);
    expect(() => sandbox().sheets.rows(id)).to.throw(TypeError);
  });

  for (const patch of [
    'no json',
    { speed: 1 },
    { latency_ms: -1 },
    { fail_next: { mode: '503' } },
    { fail_next: { mode: 'explode', count: 1 } },
    { fail_always: { mode: '503', methods: ['values.paint'] } },
    { fail_some: { chances: [{ mode: '503', probability: 2 }] } },
    { quota: { writes_per_month: 1 } },
    { revoke_tokens: false },
  ]) {
    it(`refuses the patch ${JSON.stringify(patch)}`, async () => {
      expect((await post(url(), patch)).status).to.equal(400);
      expect(() => sandbox().sheets.control(patch as SheetsPatch)).to.throw(TypeError);
    });
  }

  for (const [path, body] of [
    ['/accounts', { client_mail: 'a@b.test' }],
    ['/spreadsheets', { sheets: [] }],
    ['/spreadsheets', { kind: 'slides' }],
    ['/spreadsheets', { sheets: [{ title: 'S', row_count: 5 }] }],
    ['/spreadsheets', { sheets: [{ title: 'S', rows: 0 }] }],
    ['/spreadsheets', { sheets: [{ title: 'S', values: ['a'] }] }],
    ['/spreadsheets', { sheets: [{ title: 'S', protected: ['A'] }] }],
    ['/sharing', { spreadsheet_id: 'unknown', client_email: 'a@b.test' }],
    ['/sharing', { role: 'owner' }],
  ] as const) {
    it(`refuses ${JSON.stringify(body)} at ${path}`, async () => {
      expect((await post(url(path), body)).status).to.equal(400);
    });
  }

  it('shows the last requests with all that repeats, and the beginning of a long body', async () => {
    const { id, token, put } = await aBook(sandbox());
    const path = `/v4/spreadsheets/${id}/values:batchGet`;
    await ask(sandbox(), token, { method: 'GET', path, query: { ranges: ['A1', 'B2:C3'] } });
    await put('A1', [['x'.repeat(40_000)]]);
    const [read, written] = sandbox().sheets.lastRequests().slice(-2);
    expect(read?.query).to.deep.equal({ ranges: 'A1,B2:C3' });
    expect(written).to.include({ provider: 'sheets', method: 'PUT' });
    expect(written?.body).to.have.lengthOf(16_384);
  });

  it('knows no other route', async () => {
    expect((await get(url('/charts'), {})).status).to.equal(404);
    expect((await get(url('/rows'), { spreadsheet_id: 'unknown' })).status).to.equal(400);
    expect((await get(`${sandbox().sheetsBaseUrl}/v4/spreadsheets/x/charts`, {})).status).to.equal(404);
    expect((await get(sandbox().tokenUrl, {})).status).to.equal(404);
  });
});

describe('sandbox: Google Sheets on a separate server', () => {
  it('is on the last port, and its control on every one', async () => {
    const sandbox = await startSandbox({ separatePorts: true });
    expect(sandbox.sheetsBaseUrl).not.to.equal(sandbox.url);
    const { get: read } = await aBook(sandbox);
    expect((await read('A1')).status).to.equal(200);
    expect((await get(`${sandbox.url}/v4/spreadsheets/x`, {})).status).to.equal(404);
    const state = json<SheetsState>(await get(`${sandbox.url}/__control/sheets`, {}));
    expect(state.counters.calls['values.get']).to.equal(1);
    await sandbox.stop();
  });
});
