import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { setImmediate as turn } from 'node:timers/promises';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';
import { FREE_BYTES } from '../../../../src/infrastructure/providers/answer-budget.ts';
import {
  accountOf,
  withDefaultCredentials,
} from '../../../../src/infrastructure/providers/google-sheets/service-accounts.ts';
import { json, text, type Reply } from '../../../support/fixture-server.ts';
import { anAccess, answered, refused } from '../../../support/provider-access.ts';
import {
  ACCOUNT_EMAIL,
  ACCOUNT_PROJECT,
  aKeyPair,
  aServiceAccountKey,
  privatePem,
} from '../../../support/service-account.ts';
import { sheetsRig, TOKEN_PATH, tokenReply, type SheetsRig } from '../../../support/sheets-rig.ts';
import { until } from '../../../support/until.ts';

const OTHER_TENANT = 'uk_company_2' as TenantId;
const MINUTE = 60_000;
const PLANTED = 'PLANTED-cell-value';
const GRID = { properties: { title: 'Sheet1', gridProperties: { rowCount: 500, columnCount: 26 } } };
const good = json(200, { range: 'Sheet1!A1', majorDimension: 'ROWS', values: [['a']] });

const errorOf = (code: number, message: string, status = 'INVALID_ARGUMENT') => ({
  error: { code, message, status },
});

describe('Google Sheets', () => {
  let rig: SheetsRig;
  beforeEach(async () => {
    rig = await sheetsRig();
    rig.answerWith(good);
  });
  afterEach(() => rig.close());

  const read = (change: Partial<ProviderAccess> = {}) =>
    rig.sheets.read(rig.access(change), {
      spreadsheetId: '1abc',
      ranges: ['Sheet1!A1'],
      majorDimension: 'ROWS',
      valueRenderOption: 'UNFORMATTED_VALUE',
      dateTimeRenderOption: 'SERIAL_NUMBER',
    });
  const write = (change: Partial<ProviderAccess> = {}) =>
    rig.sheets.write(rig.access(change), {
      spreadsheetId: '1abc',
      valueInputOption: 'RAW',
      data: [{ range: 'Sheet1!A1', majorDimension: 'ROWS', values: [[PLANTED]] }],
    });
  const tokensUsed = () => rig.calls().map(({ headers }) => headers.authorization?.replace('Bearer ', ''));

  describe('tokens', () => {
    it('are one for calls at the same time, and for tenants with the same account', async () => {
      await Promise.all([read(), read(), read({ tenantId: OTHER_TENANT, serviceId: 'other' }), write()]);
      expect(rig.tokenCalls()).to.have.length(1);
      expect(new Set(tokensUsed())).to.deep.equal(new Set(['token-1']));
    });

    it('are kept until five minutes before their end', async () => {
      answered(await read());
      rig.clock.advance(3_599_000 - 5 * MINUTE - 1);
      answered(await read());
      rig.clock.advance(1);
      answered(await read());
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-1', 'token-2']);
    });

    it('are used to within a minute of their end while no newer one is to be had', async () => {
      answered(await read());
      rig.clock.advance(3_599_000 - 5 * MINUTE);
      for (const reply of [json(503, { error: 'temporarily_unavailable' }), () => undefined]) {
        rig.answerTokensWith(reply);
        answered(await read({ timeoutMs: 400 }));
        answered(await rig.sheets.prepare(rig.access({ timeoutMs: 400 })));
      }
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-1', 'token-1']);
      rig.clock.advance(4 * MINUTE);
      expect(refused(await read({ timeoutMs: 50 })).kind).to.equal('provider-timeout');
    });

    it('of a few minutes are kept for half of them', async () => {
      rig.answerTokensWith(tokenReply('short', 120));
      answered(await read());
      rig.clock.advance(59_999);
      answered(await read());
      expect(rig.tokenCalls()).to.have.length(1);
      rig.clock.advance(1);
      answered(await read());
      expect(rig.tokenCalls()).to.have.length(2);
    });

    it('are taken from servers that write their life as a text', async () => {
      rig.answerTokensWith(json(200, { access_token: 'texted', expires_in: '3599' }));
      answered(await read());
      answered(await read());
      expect(rig.tokenCalls()).to.have.length(1);
    });

    it('are another for another account, another key of the same account, and another token host', async () => {
      answered(await read());
      const other = { client_email: 'other@a-project-1.iam.gserviceaccount.com' };
      answered(await read({ credentials: aServiceAccountKey(other) }));
      const rotated = aServiceAccountKey({ private_key: privatePem(aKeyPair()) });
      answered(await read({ credentials: rotated }));
      answered(await read({ config: { token_url: `${rig.server.origin}${TOKEN_PATH}/` } }));
      answered(await read({ credentials: `${aServiceAccountKey()} ` }));
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2', 'token-3', 'token-1', 'token-1']);
    });

    it('are asked for anew once when one is refused, and that is all', async () => {
      const refusal = json(401, { error: { code: 401, message: 'expired', status: 'UNAUTHENTICATED' } });
      rig.answerWith((response, exchange) =>
        (exchange.headers.authorization === 'Bearer token-1' ? refusal : good)(response, exchange),
      );
      answered(await read());
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2']);
      rig.answerWith(refusal);
      expect(refused(await write()).kind).to.equal('credentials-rejected');
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2', 'token-2', 'token-3']);
    });

    it('that cannot be had end a write as something that was not written', async () => {
      rig.answerTokensWith((response) => response.socket?.destroy());
      expect(refused(await write()).kind).to.equal('provider-unavailable');
      rig.answerTokensWith(() => undefined);
      expect(refused(await write({ timeoutMs: 30 })).kind).to.equal('provider-unavailable');
      rig.answerTokensWith(json(200, {}));
      expect(refused(await write()).kind).to.equal('provider-unavailable');
      expect(rig.calls()).to.deep.equal([]);
    });

    it('are got beforehand for a write, which then uses them to within a minute of their end', async () => {
      answered(await rig.sheets.prepare(rig.access()));
      rig.clock.advance(3_599_000 - MINUTE - 1);
      rig.answerWith(json(200, { updatedRange: 'Sheet1!A1' }));
      answered(await write());
      expect(tokensUsed()).to.deep.equal(['token-1']);
      answered(await rig.sheets.prepare(rig.access()));
      answered(await write());
      expect(tokensUsed()).to.deep.equal(['token-1', 'token-2']);
    });

    it('are asked for again when a request came to no answer, and not when it came to one', async () => {
      let dropped = 0;
      rig.answerTokensWith((response, exchange) => {
        dropped += 1;
        if (dropped < 3) response.socket?.destroy();
        else tokenReply('third')(response, exchange);
      });
      answered(await read());
      expect(tokensUsed()).to.deep.equal(['third']);
      rig.answerTokensWith(json(503, {}));
      const before = rig.tokenCalls().length;
      expect(refused<ProviderError>(await rig.sheets.probe(rig.access())).kind).to.equal(
        'provider-unavailable',
      );
      expect(rig.tokenCalls().length - before).to.equal(1);
    });

    it('are refused to the account, not to its caller, whatever the refusal looks like', async () => {
      for (const reply of [
        json(400, { error: { code: 400, message: 'x' } }),
        text(400, 'text/html', '<html>'),
      ]) {
        rig.answerTokensWith(reply);
        expect(refused(await read()).kind).to.equal('credentials-rejected');
      }
    });

    for (const [status, error, kind] of [
      [401, 'invalid_client', 'credentials-rejected'],
      [401, 'unauthorized_client', 'credentials-rejected'],
      [400, 'unsupported_grant_type', 'credentials-rejected'],
      [400, 'invalid_request', 'credentials-rejected'],
      [403, 'access_denied', 'credentials-rejected'],
      [400, 'internal_failure', 'provider-unavailable'],
      [400, 'server_error', 'provider-unavailable'],
      [400, 'temporarily_unavailable', 'provider-unavailable'],
      [403, 'rate_limit_exceeded', 'quota-exceeded'],
    ] as const)
      it(`are refused for what the refusal says: ${error} is ${kind}`, async () => {
        rig.answerTokensWith(json(status, { error }));
        const failure = refused<ProviderError>(await read());
        expect(failure.kind).to.equal(kind);
        if (kind === 'credentials-rejected') expect(failure.message).to.match(new RegExp(`: ${error}$`));
      });

    for (const [status, kind] of [
      [302, 'answer-not-understood'],
      [401, 'credentials-rejected'],
      [403, 'credentials-rejected'],
      [404, 'answer-not-understood'],
      [408, 'provider-unavailable'],
    ] as const)
      it(`are not given with HTTP ${status}, and it is said where that came from`, async () => {
        rig.answerTokensWith(text(status, 'text/html', '<html>'));
        const failure = refused<ProviderError>(await read());
        expect(failure.kind).to.equal(kind);
        expect(failure.message).to.match(new RegExp(`^the token endpoint answered HTTP ${status}\\b`));
      });

    for (const reply of [
      json(429, {}, { 'retry-after': '4' }),
      json(403, { error: 'rate_limit_exceeded' }, { 'retry-after': '4' }),
    ])
      it('are refused for a while, which no line of an account waits for', async () => {
        rig.answerTokensWith(reply);
        expect(refused<ProviderError>(await read())).to.include({
          kind: 'quota-exceeded',
          retryAfterMs: 4_000,
          isBeforeLine: true,
        });
      });

    it('are refused in words that name the account and tell nothing secret', async () => {
      const secret = 'a1B2'.repeat(10);
      rig.answerTokensWith(json(400, { error: 'invalid_grant', error_description: `Bad ${secret}.` }));
      expect(refused<ProviderError>(await read()).message).to.equal(
        `no token for the service account ${ACCOUNT_EMAIL}: invalid_grant: Bad ….`,
      );
      rig.answerTokensWith(json(400, { error: secret }));
      expect(refused<ProviderError>(await read()).message).to.not.contain(secret);
    });

    it('that cannot be got beforehand leave nothing in doubt', async () => {
      rig.answerTokensWith(() => undefined);
      const failure = refused<ProviderError>(await rig.sheets.prepare(rig.access({ timeoutMs: 20 })));
      expect(failure.kind).to.equal('provider-unavailable');
      expect(failure.message).to.contain('nothing was sent');
      expect(
        refused<ProviderError>(await rig.sheets.prepare(rig.access({ credentials: undefined }))).kind,
      ).to.equal('credentials-rejected');
    });

    it('are waited for by each caller for as long as it may, and come to the others', async () => {
      const asked = Promise.withResolvers<() => void>();
      rig.answerTokensWith((response, exchange) =>
        asked.resolve(() => tokenReply('slow')(response, exchange)),
      );
      const [gone, patient] = [read({ timeoutMs: 20 }), read()];
      expect(refused(await gone).kind).to.equal('provider-timeout');
      const give = await asked.promise;
      give();
      answered(await patient);
      expect(rig.tokenCalls()).to.have.length(1);
    });

    for (const [words, reply] of [
      ['without one', json(200, {})],
      ['with one that is no text for a header', tokenReply('a\nb')],
      ['in HTML', text(200, 'text/html', '<html>')],
      ['elsewhere', text(302, 'text/html', '', { location: 'http://127.0.0.1:1/' })],
    ] satisfies readonly (readonly [string, Reply])[])
      it(`are not found in an answer ${words}`, async () => {
        rig.answerTokensWith(reply);
        expect(refused(await read()).kind).to.equal('answer-not-understood');
      });
  });

  describe('goes where it is configured to go', () => {
    it('with the path of the base URL', async () => {
      answered(await read({ baseUrl: `${rig.server.origin}/google/` }));
      expect(rig.calls()[0]?.path).to.equal('/google/v4/spreadsheets/1abc/values/Sheet1%21A1');
    });

    it('whatever the environment says of proxies and clouds', async () => {
      const planted = {
        HTTPS_PROXY: 'http://127.0.0.1:1',
        HTTP_PROXY: 'no URL at all',
        GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'elsewhere.test',
        GOOGLE_APPLICATION_CREDENTIALS: '/nowhere',
      };
      const before = Object.keys(planted).map((name) => [name, process.env[name]] as const);
      Object.assign(process.env, planted);
      try {
        answered(await read());
        answered(await rig.sheets.probe(rig.access()));
      } finally {
        for (const [name, value] of before)
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
      }
    });

    it('on one connection', async () => {
      // With the token known: connections rest for a turn of the event loop, so the first read behind it takes another.
      answered(await read());
      await turn();
      const ports = new Set<number | undefined>();
      rig.answerWith((response, exchange) => {
        ports.add(response.socket?.remotePort);
        good(response, exchange);
      });
      for (let call = 0; call < 4; call += 1) {
        answered(await read());
        await turn();
      }
      expect(ports.size).to.equal(1);
    });

    it('with the trace of the caller', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      answered(await read({ traceparent }));
      expect(rig.calls()[0]?.headers).to.include({ traceparent });
    });

    it('and to no private address, neither for tokens nor for cells', async () => {
      const strict = await sheetsRig({ allowPrivate: false });
      try {
        const access = strict.access();
        for (const outcome of [
          await strict.sheets.metadata(access, { spreadsheetId: '1abc' }),
          await strict.sheets.clear(access, { spreadsheetId: '1abc', ranges: ['A1'] }),
          await strict.sheets.probe(access),
        ])
          expect(refused<{ kind: string }>(outcome).kind).to.equal('provider-unavailable');
        expect(strict.server.received).to.deep.equal([]);
      } finally {
        await strict.close();
      }
    });
  });

  it('calls a write that was never sent unavailable, and one that was sent unknown', async () => {
    answered(await read());
    expect(refused(await write({ baseUrl: 'http://127.0.0.1:1' })).kind).to.equal('provider-unavailable');
    expect(refused(await write({ baseUrl: 'http://no-such-host.invalid' })).kind).to.equal(
      'provider-unavailable',
    );
    rig.answerWith((response) => response.socket?.destroy());
    expect(refused(await write()).kind).to.equal('outcome-unknown');
  });

  describe('calls rows unavailable whose sheet could not be looked up, since nothing was sent', () => {
    const append = (change: Partial<ProviderAccess> = {}) =>
      rig.sheets.appendMarked(rig.access(change), {
        spreadsheetId: '1abc',
        sheetTitle: 'Sheet1',
        firstColumn: 0,
        operations: [{ mark: 7, rows: [[PLANTED]] }],
      });

    it('when the answer says nothing', async () => {
      const failure = refused(await append());
      expect(failure.kind).to.equal('provider-unavailable');
      expect(failure.message).to.contain('nothing was sent');
    });

    it('when there is none in time', async () => {
      answered(await read());
      rig.answerWith(() => undefined);
      expect(refused(await append({ timeoutMs: 30 })).kind).to.equal('provider-unavailable');
    });

    it('and leaves it to its caller to try again, with a pause', async () => {
      rig.answerWith(text(503, 'text/html', '<html>'));
      expect(refused(await append()).kind).to.equal('provider-unavailable');
      expect(rig.calls()).to.have.length(1);
    });
  });

  describe('leaves a server alone that asks for it, also while it is not known what became of rows', () => {
    const found = json(200, { spreadsheetId: '1abc', properties: {}, sheets: [GRID] });
    const data = [{ startRow: 0, rowData: [{ values: [{ userEnteredValue: { stringValue: PLANTED } }] }] }];
    const done = json(200, { updatedSpreadsheet: { sheets: [{ properties: {}, data }] } });
    const away = (seconds: number) => json(503, {}, { 'retry-after': `${seconds}` });
    /** What requests other than looks at the spreadsheet are answered, the last one for ever. */
    const answerWith = (...replies: readonly [Reply, ...Reply[]]): void => {
      const left = [...replies];
      rig.answerWith((response, exchange) => {
        if (exchange.method === 'GET') return found(response, exchange);
        const reply = left.length > 1 ? left.shift() : left[0];
        reply?.(response, exchange);
      });
    };
    const append = () =>
      rig.sheets.appendMarked(rig.access({ timeoutMs: 10_000 }), {
        spreadsheetId: '1abc',
        sheetTitle: 'Sheet1',
        firstColumn: 0,
        operations: [{ mark: 7, rows: [[PLANTED]] }],
      });
    const posts = (): number => rig.calls().filter(({ method }) => method === 'POST').length;
    const asleep = () =>
      until(
        async () => rig.clock.pending(),
        (sleepers) => sleepers === 1,
      );

    it('and sends them again when the time has come', async () => {
      answerWith(away(2), done);
      const outcome = append();
      await asleep();
      rig.clock.advance(1_999);
      expect([rig.clock.pending(), posts()]).to.deep.equal([1, 1]);
      rig.clock.advance(1);
      expect(answered(await outcome)).to.have.length(1);
      expect(posts()).to.equal(2);
    });

    it('and says so where there is no time to wait for that', async () => {
      answerWith(away(10));
      expect(refused(await append())).to.include({ kind: 'outcome-unknown', retryAfterMs: 10_000 });
      expect([posts(), rig.clock.pending()]).to.deep.equal([1, 0]);
    });

    it('and looks for their mark no sooner', async () => {
      answerWith(json(400, errorOf(400, 'no')), away(2), json(200, {}));
      const outcome = append();
      await asleep();
      expect(posts()).to.equal(2);
      rig.clock.advance(2_000);
      expect(refused(await outcome)).to.include({ kind: 'request-rejected', isUnwritten: true });
      expect(posts()).to.equal(3);
    });

    it('and takes marks away another time', async () => {
      answerWith(away(2));
      const forget = { spreadsheetId: '1abc', marks: [7] };
      const outcome = await rig.sheets.forgetMarks(rig.access({ timeoutMs: 10_000 }), forget);
      expect(refused(outcome)).to.include({ kind: 'provider-unavailable', retryAfterMs: 2_000 });
      expect([posts(), rig.clock.pending()]).to.deep.equal([1, 0]);
    });

    it('nor looks again where that comes too late', async () => {
      answerWith(json(400, errorOf(400, 'no')), away(10));
      expect(refused(await append())).to.include({ kind: 'outcome-unknown' });
      expect(posts()).to.equal(2);
    });
  });

  describe('with rows that begin in one of the last columns of all, each with the cells before it', () => {
    const wide = json(200, {
      spreadsheetId: '1abc',
      properties: {},
      sheets: [
        {
          properties: { title: 'Sheet1', gridProperties: { rowCount: 500, columnCount: 18_278 } },
        },
      ],
    });
    const written = () => rig.calls().filter(({ method }) => method === 'POST');
    const append = (...counts: readonly number[]) =>
      rig.sheets.appendMarked(rig.access(), {
        spreadsheetId: '1abc',
        sheetTitle: 'Sheet1',
        firstColumn: 18_000,
        operations: counts.map((count, mark) => ({
          mark: mark + 1,
          rows: Array.from({ length: count }, () => [1]),
        })),
      });
    beforeEach(() => {
      const data = [{ startRow: 54, rowData: [{ values: [{ userEnteredValue: { numberValue: 1 } }] }] }];
      const done = json(200, { updatedSpreadsheet: { sheets: [{ properties: {}, data }] } });
      rig.answerWith((response, exchange) => (exchange.method === 'GET' ? wide : done)(response, exchange));
    });

    it('sends as many as make no more than a million', async () => {
      const outcomes = answered(await append(25, 30));
      expect(outcomes.map(({ update }) => update?.updatedRange)).to.deep.equal([
        'Sheet1!ZPI1:ZPI25',
        'Sheet1!ZPI26:ZPI55',
      ]);
      expect(written().map(({ body }) => body.length < 3_100_000)).to.deep.equal([true]);
    });

    it('sends none of more, which take this process memory it may not have, and says so', async () => {
      const refusal = refused<ProviderError>(await append(25, 31));
      expect(refusal).to.include({ kind: 'request-rejected', isOfSize: true });
      expect(refusal.message).to.contain('append fewer rows in one request');
      expect(written()).to.deep.equal([]);
    });
  });

  it('gives Google’s client bodies that it writes and does not copy, however large', async () => {
    rig.answerWith(json(200, { updatedRange: 'Sheet1!A1', updates: { updatedRange: 'Sheet1!A1' } }));
    let copies = 0;
    // Whoever copies asks which members there are, and JSON asks a list for its length.
    const row = new Proxy([PLANTED], {
      ownKeys: (cells) => {
        copies += 1;
        return Reflect.ownKeys(cells);
      },
    });
    answered(
      await rig.sheets.write(rig.access(), {
        spreadsheetId: '1abc',
        valueInputOption: 'RAW',
        data: [{ range: 'Sheet1!A1', majorDimension: 'ROWS', values: [row] }],
      }),
    );
    answered(
      await rig.sheets.append(rig.access(), {
        spreadsheetId: '1abc',
        range: 'Sheet1!A1',
        rows: [row],
        valueInputOption: 'RAW',
        insertDataOption: 'OVERWRITE',
      }),
    );
    expect(copies).to.equal(0);
    expect(rig.calls().map(({ body }) => body.includes(PLANTED))).to.deep.equal([true, true]);
  });

  it('takes no redirect for a write that was done', async () => {
    rig.answerWith(text(307, 'text/html', '', { location: 'http://127.0.0.1:1/' }));
    expect(refused(await write()).kind).to.equal('answer-not-understood');
  });

  it('reads no answer that is larger than any should be', async () => {
    const small = await sheetsRig({ maxAnswerBytes: 10_000 });
    try {
      const values = [['x'.repeat(20_000)]];
      small.answerWith(json(200, { range: 'Sheet1!A1', majorDimension: 'ROWS', values, updatedRange: 'A1' }));
      const outcome = await small.sheets.metadata(small.access(), { spreadsheetId: '1abc' });
      expect(refused(outcome).kind).to.equal('answer-not-understood');
    } finally {
      await small.close();
    }
  });

  it('tells what is too large from what nobody understands, in bytes and in rows', async () => {
    const small = await sheetsRig({ maxAnswerBytes: 4_000_000 });
    const values = (line: readonly string[], lines: number) => Array.from({ length: lines }, () => line);
    const answerTo = async (lines: readonly (readonly string[])[]) => {
      small.answerWith(json(200, { range: 'Sheet1!A1', values: lines }));
      return refused<ProviderError>(
        await small.sheets.read(small.access(), {
          spreadsheetId: '1abc',
          ranges: ['Sheet1'],
          majorDimension: 'ROWS',
          valueRenderOption: 'FORMATTED_VALUE',
          dateTimeRenderOption: 'SERIAL_NUMBER',
        }),
      );
    };
    try {
      for (const lines of [values(['x'.repeat(1_000)], 5_000), values([], 1_000_000)]) {
        const failure = await answerTo(lines);
        expect(failure).to.include({ kind: 'answer-not-understood', isTooLarge: true });
        expect(failure.message).to.contain('ask for less at a time');
      }
      small.answerWith(json(200, { values: 'none' }));
      const failure = await small.sheets.metadata(small.access(), { spreadsheetId: '1abc' });
      expect(refused<object>(failure)).to.not.have.property('isTooLarge');
    } finally {
      await small.close();
    }
  });

  describe('with little memory for answers', () => {
    const LARGE = 'x'.repeat(FREE_BYTES + 50_000);
    const large = JSON.stringify({ range: 'Sheet1!A1', majorDimension: 'ROWS', values: [[LARGE]] });
    const packed = gzipSync(large);
    const send = (response: ServerResponse, body: string | Buffer, encoding = 'identity'): void => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      response.end(body);
    };
    let small: SheetsRig;
    beforeEach(async () => (small = await sheetsRig({ mostAnswerBytes: 80_000 })));
    afterEach(() => small.close());
    const readAll = (change: Partial<ProviderAccess> = {}) =>
      small.sheets.read(small.access(change), {
        spreadsheetId: '1abc',
        ranges: ['Sheet1!A1'],
        majorDimension: 'ROWS',
        valueRenderOption: 'FORMATTED_VALUE',
        dateTimeRenderOption: 'SERIAL_NUMBER',
      });

    it('lets one large answer come, refuses another beside it, and small ones never', async () => {
      const isHeld = Promise.withResolvers<ServerResponse>();
      small.answerWith((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(large.slice(0, -10), () => isHeld.resolve(response));
      });
      const first = readAll();
      const response = await isHeld.promise;
      small.answerWith((other) => send(other, large));
      // The first one is written, and may yet have to arrive.
      const second = await until(
        () => readAll(),
        (answer) => isLeft(answer),
      );
      expect(refused(second)).to.include({ kind: 'breaker-open', retryAfterMs: 1_000 });
      expect(refused<ProviderError>(second).message).to.contain('ask again in a moment');
      small.answerWith((other) => send(other, '{"range":"Sheet1!A1"}'));
      answered(await readAll());
      response.end(large.slice(-10));
      answered(await first);
      small.answerWith((other) => send(other, large));
      answered(await readAll());
    });

    it('counts what comes out of a packed answer', async () => {
      small.answerWith((response) => send(response, gzipSync(`${large}${' '.repeat(60_000)}`), 'gzip'));
      expect(refused(await readAll()).kind).to.equal('breaker-open');
      small.answerWith((response) => send(response, packed, 'gzip'));
      answered(await readAll());
    });

    it('knows no end of a write whose answer had no room', async () => {
      small.answerWith((response) => send(response, `{"updatedRange":"${'x'.repeat(FREE_BYTES + 90_000)}"}`));
      const written = await small.sheets.write(small.access(), {
        spreadsheetId: '1abc',
        valueInputOption: 'RAW',
        data: [{ range: 'Sheet1!A1', majorDimension: 'ROWS', values: [['x']] }],
      });
      expect(refused(written).kind).to.equal('outcome-unknown');
    });
  });

  for (const [words, reply] of [
    ['says the values back', json(400, errorOf(400, `Invalid value at 'data.values', "${PLANTED}"`))],
    ['says them back cut short', json(400, errorOf(400, `Invalid value, "${PLANTED}`))],
    ['shows them in a page', text(503, 'text/html', `<html>${PLANTED}</html>`)],
    ['shows them in other JSON', json(200, { [PLANTED]: PLANTED })],
  ] satisfies readonly (readonly [string, Reply])[])
    it(`keeps cell values out of its failures when the provider ${words}`, async () => {
      rig.answerWith(reply);
      expect(JSON.stringify(refused(await write()))).to.not.contain('PLANTED');
    });

  for (const error of [
    { code: 403, message: 'Quota', errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }] },
    {
      code: 403,
      message: 'Quota',
      status: 'PERMISSION_DENIED',
      details: [{ reason: 'RATE_LIMIT_EXCEEDED' }],
    },
    { code: 403, status: 'PERMISSION_DENIED', message: "Quota exceeded for quota metric 'Read requests'" },
    { code: 403, message: 'User Rate Limit Exceeded' },
    { code: 403, message: 'Daily Limit Exceeded. The quota will be reset at midnight Pacific Time (PT).' },
  ])
    it(`takes a quota that comes as 403 for one: ${error.message}, ${Object.keys(error).at(-1)}`, async () => {
      rig.answerWith(json(403, { error }));
      expect(refused(await read()).kind).to.equal('quota-exceeded');
    });

  for (const [reason, kind] of [
    ['SERVICE_DISABLED', 'credentials-rejected'],
    ['USER_PROJECT_DENIED', 'credentials-rejected'],
    ['GCP_SUSPENDED', 'credentials-rejected'],
    ['accessNotConfigured', 'credentials-rejected'],
    ['forbidden', 'request-rejected'],
    ['IAM_PERMISSION_DENIED', 'request-rejected'],
  ] as const)
    it(`tells a refusal of the account from a spreadsheet that is not shared: ${reason}`, async () => {
      const message = 'The caller does not have permission';
      const error = { code: 403, message, status: 'PERMISSION_DENIED', details: [{ reason }] };
      rig.answerWith(json(403, { error }));
      const refusal = refused(await read());
      expect(refusal.kind).to.equal(kind);
      expect(refusal.message).to.contain(ACCOUNT_EMAIL);
    });

  it('says that who may only read a spreadsheet needs more to write there', async () => {
    rig.answerWith(json(403, errorOf(403, 'The caller does not have permission', 'PERMISSION_DENIED')));
    expect(refused(await write()).message).to.contain(`${ACCOUNT_EMAIL}, who has to be an editor there`);
    expect(refused(await read()).message).to.not.contain('editor');
  });

  for (const error of [
    errorOf(400, 'This operation is not supported for this document', 'FAILED_PRECONDITION').error,
    errorOf(400, 'Precondition check failed.', 'FAILED_PRECONDITION').error,
    { code: 400, message: 'Bad Request', errors: [{ domain: 'global', reason: 'failedPrecondition' }] },
  ])
    it(`says what to do with an Excel file, whatever Google calls it: ${error.message}`, async () => {
      rig.answerWith(json(400, { error }));
      const refusal = refused(await read());
      expect(refusal.kind).to.equal('request-rejected');
      expect(refusal.message).to.contain('convert to Google Sheets');
    });

  for (const [code, status, message, ...isOf] of [
    [403, 'PERMISSION_DENIED', 'The caller does not have permission', 'isOfPlace'],
    [400, 'FAILED_PRECONDITION', 'This operation is not supported for this document', 'isOfPlace'],
    [400, 'INVALID_ARGUMENT', 'Unable to parse range: Sheet2!A1', 'isOfPlace'],
    [400, 'INVALID_ARGUMENT', 'You are trying to edit a protected cell or object.', 'isOfColumns'],
    [400, 'INVALID_ARGUMENT', 'This action would increase the number of cells above the limit of 10000000 cells.', 'isOfSize'], // prettier-ignore
    [400, 'INVALID_ARGUMENT', 'Your input contains more than the maximum of 50000 characters.'],
  ] as const)
    it(`tells what is wrong with the place from what may be wrong with the cells: ${message}`, async () => {
      rig.answerWith(json(code, errorOf(code, message, status)));
      const refusal = refused(await write());
      expect(refusal.kind).to.equal('request-rejected');
      expect(Object.keys(refusal).filter((name) => name.startsWith('is'))).to.deep.equal(isOf);
    });

  it('reads ranges too long for one address in a few calls, each counted, in their order', async () => {
    rig.answerWith((response, exchange) => {
      const valueRanges = exchange.query.getAll('ranges').map((range) => ({ range, values: [[range]] }));
      json(200, { valueRanges })(response, exchange);
    });
    const counted: string[] = [];
    const account = {
      another: async (kind: string) => right(void counted.push(kind)),
      refused: () => undefined,
    };
    const readOf = async (ranges: readonly string[]) =>
      answered(
        await rig.sheets.read(rig.access({ account }), {
          spreadsheetId: '1abc',
          ranges,
          majorDimension: 'ROWS',
          valueRenderOption: 'FORMATTED_VALUE',
          dateTimeRenderOption: 'SERIAL_NUMBER',
        }),
      ).valueRanges.map(({ values }) => values[0]?.[0]);
    const ranges = Array.from({ length: 100 }, (_, n) => `'${'я'.repeat(40)}'!A${n + 1}`);
    expect(await readOf(ranges)).to.deep.equal(ranges);
    expect(rig.calls()).to.have.length(4);
    expect(counted).to.deep.equal(['reads', 'reads', 'reads']);
    const short = ranges.map((_, n) => `'Заявки 2026'!A${n + 1}`);
    expect(await readOf(short)).to.deep.equal(short);
    expect(rig.calls()).to.have.length(5);
    expect(await readOf(['я'.repeat(1_000), 'A1'])).to.have.length(2);
    expect(rig.calls()).to.have.length(6);
  });

  it('sends one range as a batch where it was asked as one', async () => {
    rig.answerWith(json(200, { valueRanges: [{ range: 'Sheet1!A1', majorDimension: 'ROWS' }] }));
    const batch = { spreadsheetId: '1abc', asBatch: true } as const;
    answered(
      await rig.sheets.read(rig.access(), {
        ...batch,
        ranges: ['Sheet1!A1'],
        majorDimension: 'ROWS',
        valueRenderOption: 'FORMATTED_VALUE',
        dateTimeRenderOption: 'SERIAL_NUMBER',
      }),
    );
    rig.answerWith(json(200, { responses: [{ updatedRange: 'Sheet1!A1' }] }));
    const data = [{ range: 'Sheet1!A1', majorDimension: 'ROWS', values: [['x']] }] as const;
    answered(await rig.sheets.write(rig.access(), { ...batch, valueInputOption: 'RAW', data }));
    expect(rig.calls().map(({ path }) => path.split('/').at(-1))).to.deep.equal([
      'values:batchGet',
      'values:batchUpdate',
    ]);
  });

  it('waits as long as a Retry-After says', async () => {
    rig.answerWith(json(429, errorOf(429, 'Quota exceeded', 'RESOURCE_EXHAUSTED'), { 'retry-after': '7' }));
    expect(refused(await read())).to.include({ kind: 'quota-exceeded', retryAfterMs: 7_000 });
  });

  it('tells how long the server asks to be left alone, also where nobody knows the end of a write', async () => {
    for (const [code, wait] of [
      [503, 7_000],
      [500, undefined],
    ] as const) {
      // prettier-ignore
      rig.answerWith(json(code, {}, wait === undefined ? {} : { 'retry-after': '7' }));
      const { kind, ...more } = refused(await write());
      expect([kind, 'retryAfterMs' in more ? more.retryAfterMs : undefined]).to.deep.equal([
        'outcome-unknown',
        wait,
      ]);
    }
  });

  it('waits out the minute of a 429 that says it in words of its own', async () => {
    rig.answerWith(json(429, errorOf(429, 'Slow down', 'THROTTLED')));
    expect(refused(await read())).to.include({ kind: 'quota-exceeded', retryAfterMs: MINUTE });
  });

  for (const [delay, header, kind, retryAfterMs] of [
    ['17s', undefined, 'quota-exceeded', 17_000],
    ['17.250s', '3', 'quota-exceeded', 17_250],
    ['2s', '9', 'quota-exceeded', 9_000],
    ['0s', undefined, 'quota-exceeded', 0],
    ['999999999s', undefined, 'quota-exceeded', 3_600_000],
    ['soon', undefined, 'quota-exceeded', MINUTE],
    ['-4s', undefined, 'quota-exceeded', MINUTE],
    ['4s', undefined, 'provider-unavailable', 4_000],
  ] as const)
    it(`waits as long as the details say, ${delay}, or Retry-After, ${header}: ${kind}`, async () => {
      const [code, status] =
        kind === 'quota-exceeded' ? ([429, 'RESOURCE_EXHAUSTED'] as const) : ([503, 'UNAVAILABLE'] as const);
      const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: delay }];
      const headers = header === undefined ? {} : { 'retry-after': header };
      rig.answerWith(json(code, { error: { code, status, message: 'Later', details } }, headers));
      expect(refused(await read())).to.include({ kind, retryAfterMs });
    });

  for (const [words, credentials] of [
    ['no credentials', undefined],
    ['a key of another kind', '{"type":"external_account"}'],
    ['a broken key', aServiceAccountKey({ private_key: 'x' })],
  ] as const)
    it(`rejects ${words} before anything is sent`, async () => {
      expect(refused(await read({ credentials })).kind).to.equal('credentials-rejected');
      expect(refused(await rig.sheets.probe(rig.access({ credentials }))).kind).to.equal(
        'credentials-rejected',
      );
      expect(rig.server.received).to.deep.equal([]);
    });

  it('knows the account of a key', () => {
    expect(answered(accountOf(aServiceAccountKey()))).to.deep.equal({
      clientEmail: ACCOUNT_EMAIL,
      projectId: ACCOUNT_PROJECT,
    });
    expect(refused(accountOf(undefined)).kind).to.equal('credentials-rejected');
  });

  it('lends the key of the environment to its owner alone, and only towards Google', () => {
    const standard = { tenantId: anAccess().tenantId, credentials: 'standard' };
    const lent = (change: Partial<ProviderAccess>) =>
      withDefaultCredentials(anAccess(change), standard).credentials;
    expect(lent({})).to.equal('standard');
    for (const baseUrl of ['https://sheets.googleapis.com', 'https://sheets.googleapis.com:443/'])
      expect(lent({ baseUrl }), baseUrl).to.equal('standard');
    for (const baseUrl of [
      'http://sheets.googleapis.com',
      'https://sheets.googleapis.com:8443',
      'https://sheets.googleapis.com.elsewhere.test',
      'https://elsewhere.test/https://sheets.googleapis.com',
    ])
      expect(lent({ baseUrl }), baseUrl).to.equal(undefined);
    expect(lent({ credentials: 'own' })).to.equal('own');
    expect(lent({ tenantId: OTHER_TENANT })).to.equal(undefined);
    expect(lent({ baseUrl: 'https://elsewhere.test' })).to.equal(undefined);
    expect(lent({ config: { token_url: 'https://elsewhere.test/token' } })).to.equal(undefined);
  });

  it('loads Google’s client with the first call, not before', () => {
    const script = (more: string) => `
      import { createRequire } from 'node:module';
      await import('./src/infrastructure/container/providers.module.ts');
      await import('./src/infrastructure/providers/google-sheets/google-sheets.ts');
      ${more}
      const { cache } = createRequire(process.cwd() + '/');
      console.log(Object.keys(cache).filter((file) => /googleapis|google-auth|gaxios/.test(file)).length > 0);`;
    const loaded = (more: string) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script(more)], {
        encoding: 'utf8',
      }).stdout.trim();
    expect(loaded('')).to.equal('false');
    expect(loaded("await import('@googleapis/sheets');")).to.equal('true');
  });
});
