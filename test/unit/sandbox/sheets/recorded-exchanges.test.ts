import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { withSandbox } from '../with-sandbox.ts';
import { stages, usualWorkbook } from './recorded-workbooks.ts';
import { aBook, ask, askToken, assertionOf, tokenFor, type Asked } from './sheets-rig.ts';

type Recorded = {
  readonly id: string;
  readonly request: Asked;
  readonly response: {
    readonly httpStatus: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
};

const read = <Content>(file: string): Content =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/${file}.json`, import.meta.url), 'utf8')) as Content;

const exchanges = read<{
  readonly _defaultHeaders: Readonly<Record<string, string>>;
  readonly cases: readonly Recorded[];
}>('sheets');
const ranges = read<{
  readonly cases: readonly { readonly request: string; readonly echo?: string; readonly error?: string }[];
}>('sheets-a1-ranges');
const tokens = read<{ readonly cases: readonly Omit<Recorded, 'request'>[] }>('oauth-token');

describe('sandbox: recorded exchanges of Google Sheets', () => {
  const sandbox = withSandbox();
  const spreadsheetId = '1SANDBOXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

  it('has all cases of the file, and no stage for one that is not in it', () => {
    const ids = exchanges.cases.map(({ id }) => id);
    expect(ids).to.have.lengthOf.at.least(35);
    expect(ids).to.include.members(Object.keys(stages));
  });

  for (const { id, request, response } of exchanges.cases) {
    it(`answers ${id} as recorded`, async () => {
      const { workbook, asked, prepare, anonymous } = stages[id] ?? {};
      sandbox().sheets.addSpreadsheet({ ...usualWorkbook, ...workbook, spreadsheet_id: spreadsheetId });
      const token = anonymous ? undefined : await tokenFor(sandbox());
      await prepare?.(sandbox(), spreadsheetId);
      const told = await ask(sandbox(), token, { ...request, ...asked });
      expect(told.status).to.equal(response.httpStatus);
      if (response.rawBody === undefined) expect(told.body).to.deep.equal(response.body);
      else expect(told.text).to.equal(response.rawBody);
      for (const [name, value] of Object.entries(response.headers ?? exchanges._defaultHeaders)) {
        expect(told.headers.get(name)).to.equal(value);
      }
    });
  }
});

describe('sandbox: ranges as Google Sheets reads them', () => {
  const sandbox = withSandbox();
  const titles = ['Sheet1', 'Second Sheet', "Bob's Sheet", 'A1'];

  it('has the cases of the file', () => {
    expect(ranges.cases).to.have.lengthOf.at.least(17);
  });

  for (const { request, echo, error } of ranges.cases) {
    it(`${error === undefined ? `reads ${request} as ${echo}` : `refuses ${request}`}`, async () => {
      const { get } = await aBook(sandbox(), { sheets: titles.map((title) => ({ title })) });
      const { status, body } = await get(request);
      if (error === undefined) expect(body).to.deep.equal({ range: echo, majorDimension: 'ROWS' });
      else expect(body).to.deep.equal({ error: { code: 400, message: error, status: 'INVALID_ARGUMENT' } });
      expect(status).to.equal(error === undefined ? 200 : 400);
    });
  }
});

describe('sandbox: recorded exchanges of the token endpoint', () => {
  const sandbox = withSandbox();
  const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

  const assertions: Readonly<Record<string, () => string>> = {
    ok: () => assertionOf(sandbox().sheets.serviceAccount()),
    'invalid-signature': () => {
      const old = sandbox().sheets.serviceAccount();
      sandbox().sheets.serviceAccount({ new_key: true });
      return assertionOf(old);
    },
    'clock-skew': () => assertionOf(sandbox().sheets.serviceAccount(), { exp: nowSeconds() - 60 }),
    audience: () => assertionOf(sandbox().sheets.serviceAccount(), { aud: 'https://example.test/token' }),
    'account-deleted': () => assertionOf(sandbox().sheets.serviceAccount({ deleted: true })),
    scope: () => assertionOf(sandbox().sheets.serviceAccount(), { scope: 'https://example.test/all' }),
    unavailable: () => {
      sandbox().sheets.control({ fail_next: { count: 1, mode: '503', methods: ['token'] } });
      return assertionOf(sandbox().sheets.serviceAccount());
    },
  };

  it('has an assertion for every case of the file', () => {
    expect(tokens.cases.map(({ id }) => id)).to.have.members(Object.keys(assertions));
  });

  for (const { id, response } of tokens.cases) {
    it(`answers ${id} as recorded`, async () => {
      const told = await askToken(sandbox(), assertions[id]?.() ?? '');
      const body = (await told.json()) as Readonly<Record<string, unknown>>;
      expect(told.status).to.equal(response.httpStatus);
      // A token has to differ from the next one; the recorded one is how they begin.
      const token = typeof body['access_token'] === 'string' && body['access_token'].slice(0, 14);
      expect(token === false ? body : { ...body, access_token: token }).to.deep.equal(response.body);
    });
  }
});
