import { expect } from 'chai';

import { withSandbox } from '../with-sandbox.ts';
import { aBook, ask, askToken, assertionOf, scope, tokenFor, type Claims, type Told } from './sheets-rig.ts';

const statusOf = ({ status, body }: Told): readonly [number, unknown] => [
  status,
  (body as { error?: { status?: unknown } }).error?.status,
];

describe('sandbox: who may open a spreadsheet', () => {
  const sandbox = withSandbox();
  const read = (token: string | undefined, id: string): Promise<Told> =>
    ask(sandbox(), token, { method: 'GET', path: `/v4/spreadsheets/${id}/values/A1` });
  const write = (token: string, id: string): Promise<Told> =>
    ask(sandbox(), token, {
      method: 'PUT',
      path: `/v4/spreadsheets/${id}/values/A1`,
      query: { valueInputOption: 'RAW' },
      body: { values: [['x']] },
    });

  it('refuses a token that was made up, has been revoked, or has expired', async () => {
    sandbox().control({ clock_ms: Date.now() });
    const { id, token, get } = await aBook(sandbox());
    expect(statusOf(await read('ya29.c.SANDBOX-made-up', id))).to.deep.equal([401, 'UNAUTHENTICATED']);
    expect((await get('A1')).status).to.equal(200);
    sandbox().control({ clock_ms: Date.now() + 3_600_000 });
    expect((await read(token, id)).headers.get('www-authenticate')).to.contain('invalid_token');
    sandbox().control({ clock_ms: null });
    expect((await get('A1')).status).to.equal(200);
    sandbox().sheets.control({ revoke_tokens: 'somebody-else@example.test' });
    expect((await get('A1')).status).to.equal(200);
    sandbox().sheets.control({ revoke_tokens: true });
    expect((await get('A1')).status).to.equal(401);
  });

  it('gives tokens that live as long as it says', async () => {
    sandbox().sheets.control({ token_life_s: 60 });
    const told = await askToken(sandbox(), assertionOf(sandbox().sheets.serviceAccount()));
    expect(await told.json()).to.include({ expires_in: 60, token_type: 'Bearer' });
  });

  it('opens to those it is shared with, for what they may do, and says nothing of the others', async () => {
    const [owner, guest] = ['owner@example.test', 'guest@example.test'];
    const id = sandbox().sheets.addSpreadsheet({ shared_with: [owner] });
    const token = await tokenFor(sandbox(), { client_email: guest });
    const refused = {
      code: 403,
      message: 'The caller does not have permission',
      status: 'PERMISSION_DENIED',
    };
    expect((await read(token, id)).body).to.deep.equal({ error: refused });
    sandbox().sheets.share(id, guest, 'reader');
    expect([(await read(token, id)).status, (await write(token, id)).status]).to.deep.equal([200, 403]);
    sandbox().sheets.share(id, guest);
    expect((await write(token, id)).status).to.equal(200);
    sandbox().sheets.share(id, guest, 'none');
    expect((await read(token, id)).status).to.equal(403);
    expect(() => sandbox().sheets.share('nowhere', guest)).to.throw(TypeError);
  });

  it('does not find an unknown id, nor the id of a document', async () => {
    const token = await tokenFor(sandbox());
    const document = sandbox().sheets.addSpreadsheet({ kind: 'document' });
    for (const id of ['unknown', document]) {
      expect(statusOf(await read(token, id))).to.deep.equal([404, 'NOT_FOUND']);
    }
  });

  it('names the project whose API is switched off', async () => {
    const token = await tokenFor(sandbox(), { api_enabled: false, project_number: '123' });
    const { status, body } = await read(token, sandbox().sheets.addSpreadsheet());
    expect(status).to.equal(403);
    expect(body).to.have.nested.property('error.details[1].reason', 'SERVICE_DISABLED');
    expect(body).to.have.nested.property('error.details[1].metadata.consumer', 'projects/123');
  });

  it('requires a scope that permits writing for writes', async () => {
    const token = await tokenFor(sandbox(), {}, { scope: `${scope}.readonly` });
    const id = sandbox().sheets.addSpreadsheet();
    expect((await read(token, id)).status).to.equal(200);
    const { status, body } = await write(token, id);
    expect(status).to.equal(403);
    expect(body).to.have.nested.property('error.details[0].reason', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  });

  it('looks at credentials, typed values, the spreadsheet and the range, in this order', async () => {
    const token = await tokenFor(sandbox());
    const id = sandbox().sheets.addSpreadsheet();
    const asked = (file: string, range: string, render: string) => ({
      method: 'GET',
      path: `/v4/spreadsheets/${file}/values/${range}`,
      query: { valueRenderOption: render },
    });
    const all = await ask(sandbox(), undefined, asked('unknown', 'Нет!A1', 'PRETTY'));
    expect(all.status).to.equal(403);
    const typed = await ask(sandbox(), token, asked('unknown', 'Нет!A1', 'PRETTY'));
    expect(typed.body).to.have.nested.property(
      'error.message',
      `Invalid value at 'value_render_option' (type.googleapis.com/google.apps.sheets.v4.ValueRenderOption), "PRETTY"`,
    );
    expect((await ask(sandbox(), token, asked('unknown', 'Нет!A1', 'FORMULA'))).status).to.equal(404);
    const range = await ask(sandbox(), token, asked(id, 'Нет!A1', 'FORMULA'));
    expect(range.body).to.have.nested.property('error.message', 'Unable to parse range: Нет!A1');
  });

  it('refuses a query parameter it does not know', async () => {
    const { get } = await aBook(sandbox());
    const { status, text } = await get('A1', { value_render: 'FORMULA' });
    expect([status, text]).to.satisfy(
      ([code, said]: [number, string]) => code === 400 && /Unknown name/.test(said),
    );
  });

  it('refuses a body with a field that it does not know, and writes nothing of it', async () => {
    const token = await tokenFor(sandbox());
    const id = sandbox().sheets.addSpreadsheet({ sheets: [{ title: 'Sheet1', values: [['kept']] }] });
    const data = { range: 'Sheet1!A1', values: [['lost']] };
    const raw = { valueInputOption: 'RAW' };
    const bodies: readonly (readonly [method: string, path: string, body: object, at: string])[] = [
      ['PUT', '/values/Sheet1!A1', { ...data, majorDimention: 'ROWS' }, ` at 'data'`],
      ['POST', '/values/Sheet1!A1:append', { ...data, majorDimention: 'ROWS' }, ` at 'data'`],
      ['POST', '/values/Sheet1!A1:clear', { majorDimention: 'ROWS' }, ''],
      ['POST', '/values:batchClear', { ranges: ['Sheet1!A1'], majorDimention: 'ROWS' }, ''],
      ['POST', '/values:batchUpdate', { ...raw, data: [data], majorDimention: 'ROWS' }, ''],
      [
        'POST',
        '/values:batchUpdate',
        { ...raw, data: [{ ...data, majorDimention: 'ROWS' }] },
        ` at 'data[0]'`,
      ],
      ['POST', ':batchUpdate', { requests: [{ addSheet: {} }], majorDimention: 'ROWS' }, ''],
      ['POST', '/developerMetadata:search', { dataFilters: [], majorDimention: 'ROWS' }, ''],
    ];
    for (const [method, path, body, at] of bodies) {
      const query = /append|Sheet1!A1$/.test(path) ? raw : {};
      const told = await ask(sandbox(), token, {
        method,
        path: `/v4/spreadsheets/${id}${path}`,
        query,
        body,
      });
      expect(told.status, told.text).to.equal(400);
      expect(told.body).to.have.nested.property(
        'error.message',
        `Invalid JSON payload received. Unknown name "majorDimention"${at}: Cannot find field.`,
      );
    }
    expect(sandbox().sheets.rows(id, 'Sheet1')).to.deep.equal([['kept']]);
  });
});

describe('sandbox: assertions for a token', () => {
  const sandbox = withSandbox();
  const now = (): number => Math.floor(Date.now() / 1_000);
  const said = async (claims: Claims): Promise<unknown> => {
    const told = await askToken(sandbox(), assertionOf(sandbox().sheets.serviceAccount(), claims));
    const { error_description: text } = (await told.json()) as { error_description?: string };
    return text?.slice(0, 40);
  };

  it('may not live longer than an hour, nor come from the future', async () => {
    const refused = 'Invalid JWT: Token must be a short-lived';
    expect(await said({ exp: now() + 7_200 })).to.equal(refused);
    expect(await said({ iat: now() + 1_000, exp: now() + 2_000 })).to.equal(refused);
    expect(await said({ exp: undefined })).to.equal(refused);
    expect(await said({ iat: now() + 60, exp: now() + 3_000 })).to.equal(undefined);
  });

  it('fails at a token endpoint whose clock is far ahead', async () => {
    sandbox().sheets.control({ clock_skew_ms: 3_700_000 });
    expect(await said({})).to.equal('Invalid JWT: Token must be a short-lived');
  });

  it('has to be one, in the form of the grant', async () => {
    const ask = async (form: Readonly<Record<string, string>>): Promise<unknown> => {
      const told = await fetch(sandbox().tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
      return ((await told.json()) as { error: string }).error;
    };
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' };
    expect(await ask({ ...grant, assertion: 'a.b.c' })).to.equal('invalid_grant');
    expect(await ask({ grant_type: 'refresh_token' })).to.equal('unsupported_grant_type');
    const { client_email: email } = sandbox().sheets.serviceAccount();
    const unsigned = [{ alg: 'none' }, { iss: email, scope, iat: now(), exp: now() + 60 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    expect(await ask({ ...grant, assertion: `${unsigned}.` })).to.equal('invalid_grant');
  });

  it('leaves neither itself nor its token among the last requests', async () => {
    const { get } = await aBook(sandbox());
    await get('A1');
    const requests = sandbox().sheets.lastRequests();
    expect(requests.map(({ provider, path }) => [provider, path.split('/').at(-1)])).to.deep.equal([
      ['token', 'token'],
      ['sheets', 'A1'],
    ]);
    expect(JSON.stringify(requests)).not.to.match(/assertion|ya29|Bearer/u);
  });
});
