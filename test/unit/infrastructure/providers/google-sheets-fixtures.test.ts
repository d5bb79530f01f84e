import { expect } from 'chai';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import type { Spreadsheet, WrittenCell } from '../../../../src/domain/provider/spreadsheet.ts';
import type { Either } from '../../../../src/domain/shared/fp.ts';
import {
  agreedSheetsAnswer,
  agreedSheetsFailure,
  agreedTokenFailure,
  type SheetsCase,
} from '../../../support/agreed-sheets.ts';
import { replay, type FixtureResponse } from '../../../support/fixture-server.ts';
import { answered, refused } from '../../../support/provider-access.ts';
import { fixtureCases } from '../../../support/provider-fixtures.ts';
import { ACCOUNT_EMAIL } from '../../../support/service-account.ts';
import { assertionIn, sheetsRig, withPauses, type SheetsRig } from '../../../support/sheets-rig.ts';

type Body = { readonly [name: string]: unknown };
type TokenCase = { readonly id: string; readonly response: FixtureResponse };

const cases = fixtureCases<SheetsCase>('sheets', 'cases');
const tokenCases = fixtureCases<TokenCase>('oauth-token', 'cases');

/** Requests that the port cannot make; their answers must be understood all the same. */
const NOT_MADE: { readonly [id: string]: string } = {
  'values.update/values-not-2d': 'values are lists of lists by type',
  'values.update/no-input-option': 'the option is required by type',
};

type Outcome = Either<ProviderError, unknown>;
type Values = readonly (readonly WrittenCell[])[];

/** Calls the adapter with the request of the case. */
const askCase = ({ sheets, access }: SheetsRig, { request }: SheetsCase): Promise<Outcome> => {
  const [, spreadsheetId = '', rest = ''] = /^\/v4\/spreadsheets\/([^/:]+)(.*)$/.exec(request.path) ?? [];
  const query = request.query ?? {};
  const body = request.body ?? {};
  const values = (body['values'] ?? [['x']]) as Values;
  const rendering = {
    majorDimension: query['majorDimension'] === 'COLUMNS' ? 'COLUMNS' : 'ROWS',
    valueRenderOption: query['valueRenderOption'] === 'FORMULA' ? 'FORMULA' : 'FORMATTED_VALUE',
    dateTimeRenderOption: 'SERIAL_NUMBER',
  } as const;
  const valueInputOption = (query['valueInputOption'] ?? body['valueInputOption'] ?? 'RAW') as 'RAW';
  const range = rest.replace('/values/', '').replace(/:(append|clear)$/, '');
  if (rest === '') return sheets.metadata(access(), { spreadsheetId });
  if (rest === ':batchUpdate')
    return sheets.appendMarked(access(), {
      spreadsheetId,
      sheetTitle: undefined,
      firstColumn: 0,
      operations: [{ mark: 918273645, rows: [['x']] }],
    });
  if (rest === '/values:batchGet')
    return sheets.read(access(), {
      spreadsheetId,
      ranges: query['ranges'] as readonly string[],
      ...rendering,
    });
  if (rest === '/values:batchClear')
    return sheets.clear(access(), { spreadsheetId, ranges: body['ranges'] as readonly string[] });
  if (rest.endsWith(':clear')) return sheets.clear(access(), { spreadsheetId, ranges: [range] });
  if (rest === '/values:batchUpdate') {
    const data = body['data'] as readonly { readonly range: string; readonly values: Values }[];
    return sheets.write(access(), {
      spreadsheetId,
      valueInputOption,
      data: data.map((one) => ({ ...one, majorDimension: 'ROWS' as const })),
    });
  }
  if (rest.endsWith(':append')) {
    const insertDataOption = query['insertDataOption'] === 'INSERT_ROWS' ? 'INSERT_ROWS' : 'OVERWRITE';
    return sheets.append(access(), {
      spreadsheetId,
      range,
      rows: values,
      valueInputOption,
      insertDataOption,
    });
  }
  if (request.method === 'PUT')
    return sheets.write(access(), {
      spreadsheetId,
      valueInputOption,
      data: [{ range, majorDimension: 'ROWS', values }],
    });
  return sheets.read(access(), { spreadsheetId, ranges: [range], ...rendering });
};

describe('Google Sheets on recorded answers', () => {
  let rig: SheetsRig;
  beforeEach(async () => (rig = await sheetsRig()));
  afterEach(() => rig.close());

  for (const one of cases) {
    if (one.id.startsWith('spreadsheets.batchUpdate/')) continue;
    it(`makes of ${one.id} what it says`, async () => {
      rig.answerWith(replay(one.response));
      const outcome = await askCase(rig, one);
      const kind = agreedSheetsFailure(one);
      if (kind === undefined) expect(answered(outcome)).to.deep.equal(agreedSheetsAnswer(one));
      else expect(refused(outcome).kind).to.equal(kind);
    });

    if (NOT_MADE[one.id] !== undefined) continue;
    it(`asks for ${one.id} as it was recorded`, async () => {
      rig.answerWith(replay(one.response));
      await askCase(rig, one);
      const [sent] = rig.calls();
      expect(sent?.method).to.equal(one.request.method);
      expect(decodeURIComponent(sent?.path ?? '')).to.equal(one.request.path);
      for (const [name, value] of Object.entries(one.request.query ?? {})) {
        if (name === 'includeValuesInResponse') continue;
        expect(sent?.query.getAll(name)).to.deep.equal([value].flat());
      }
      if (one.request.body !== undefined) expect(JSON.parse(sent?.body ?? '')).to.deep.include(plain(one));
    });
  }

  const plain = ({ request: { body = {} } }: SheetsCase): Body =>
    Array.isArray(body['data'])
      ? { ...body, data: body['data'].map((range: Body) => ({ majorDimension: 'ROWS', ...range })) }
      : body;

  const metadataReply = replay({
    httpStatus: 200,
    body: {
      spreadsheetId: '1SANDBOX',
      properties: { title: 'T', locale: 'ru_RU', timeZone: 'Etc/GMT' },
      sheets: [
        { properties: { sheetId: 0, title: 'Sheet1', gridProperties: { rowCount: 1000, columnCount: 26 } } },
      ],
    },
  });

  for (const [what, httpStatus, found] of [
    [
      'and is on the list',
      200,
      { matchedDeveloperMetadata: [{ developerMetadata: { metadataId: 918273645 } }] },
    ],
    ['where the list cannot be had', 500, {}],
  ] as const)
    it(`treats the refusal of a mark as rows that were written before, ${what}`, async () => {
      const refusal = cases.find(({ id }) => id.endsWith('/appendCells-replayed'))!;
      rig.answerWith((response, exchange) => {
        if (exchange.path.endsWith(':batchUpdate')) return replay(refusal.response)(response, exchange);
        if (exchange.path.endsWith(':search')) return replay({ httpStatus, body: found })(response, exchange);
        if (exchange.path.includes('/values/'))
          return replay({ httpStatus: 200, body: { range: 'Sheet1!A1:A1000', values: [['a'], ['x']] } })(
            response,
            exchange,
          );
        metadataReply(response, exchange);
      });
      expect(answered(await withPauses(rig, askCase(rig, refusal)))).to.deep.equal([
        {
          kind: 'already',
          mark: 918273645,
          update: { updatedRange: 'Sheet1!A2', updatedRows: 1, updatedColumns: 1, updatedCells: 1 },
        },
      ]);
    });

  it('does not take an error for an answer because its status is good', async () => {
    const refusal = cases.find(({ id }) => id.endsWith('/duplicate-sheet'))!;
    const inside = replay({ ...refusal.response, httpStatus: 200 });
    rig.answerWith((response, exchange) =>
      (exchange.method === 'POST' ? inside : metadataReply)(response, exchange),
    );
    expect(refused(await askCase(rig, refusal)).kind).to.equal('outcome-unknown');
    const forget = rig.sheets.forgetMarks(rig.access(), { spreadsheetId: '1SANDBOX', marks: [1] });
    expect(refused(await forget).kind).to.equal('answer-not-understood');
  });

  it('treats another refusal of a batch as one', async () => {
    const refusal = cases.find(({ id }) => id.endsWith('/duplicate-sheet'))!;
    rig.answerWith((response, exchange) => {
      if (exchange.path.endsWith(':batchUpdate')) return replay(refusal.response)(response, exchange);
      if (exchange.path.endsWith(':search')) return replay({ httpStatus: 200, body: {} })(response, exchange);
      metadataReply(response, exchange);
    });
    expect(refused(await askCase(rig, refusal)).kind).to.equal('request-rejected');
  });

  it('names the account that a spreadsheet is not shared with, and what to do with an Excel file', async () => {
    const message = async (id: string): Promise<string> => {
      const one = cases.find((candidate) => candidate.id === id)!;
      rig.answerWith(replay(one.response));
      return refused(await askCase(rig, one)).message;
    };
    expect(await message('error/403-not-shared')).to.contain(`share the spreadsheet with ${ACCOUNT_EMAIL}`);
    expect(await message('error/legacy-errors-array')).to.contain(ACCOUNT_EMAIL);
    expect(await message('error/400-office-file')).to.contain('convert to Google Sheets');
  });

  it('waits out the minute when a spent quota names no time', async () => {
    rig.clock.advance(12_345);
    const spent = cases.filter(({ response }) => response.httpStatus === 429);
    expect(spent).to.not.deep.equal([]);
    for (const one of spent) {
      rig.answerWith(replay(one.response));
      expect(refused(await askCase(rig, one))).to.include({
        kind: 'quota-exceeded',
        scope: 'provider',
        retryAfterMs: 60_000 - 12_345,
      });
    }
  });
});

describe('Google tokens on recorded answers', () => {
  let rig: SheetsRig;
  beforeEach(async () => (rig = await sheetsRig()));
  afterEach(() => rig.close());

  const probe = (spreadsheet: Spreadsheet) => spreadsheet.probe(rig.access());

  for (const { id, response } of tokenCases)
    it(`makes of ${id} what it says, in one call`, async () => {
      rig.answerTokensWith(replay(response));
      const outcome = await probe(rig.sheets);
      const kind = agreedTokenFailure(response);
      if (kind === undefined) expect(answered(outcome)).to.deep.equal({ reachable: true });
      else expect(refused(outcome).kind).to.equal(kind);
      expect(rig.tokenCalls()).to.have.length(1);
      expect(rig.calls()).to.deep.equal([]);
    });

  it('are asked for as it was recorded, signed by the key of the account', async () => {
    answered(await probe(rig.sheets));
    const [sent] = rig.tokenCalls();
    const { header, claims, signed } = assertionIn(sent!);
    const form = new URLSearchParams(sent?.body);
    expect(sent?.method).to.equal('POST');
    expect(sent?.headers['content-type']).to.equal('application/x-www-form-urlencoded;charset=UTF-8');
    expect([...form.keys()]).to.deep.equal(['grant_type', 'assertion']);
    expect(form.get('grant_type')).to.equal('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(header).to.deep.equal({ alg: 'RS256' });
    expect(claims).to.include({
      iss: ACCOUNT_EMAIL,
      scope: 'https://www.googleapis.com/auth/spreadsheets',
      aud: 'https://oauth2.googleapis.com/token',
    });
    const { iat, exp } = claims as { readonly iat: number; readonly exp: number };
    expect(exp - iat).to.equal(3600);
    expect(signed).to.equal(true);
  });
});
