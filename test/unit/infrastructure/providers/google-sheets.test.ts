import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { json, text } from '../../../support/fixture-server.ts';
import { answered, refused } from '../../../support/provider-access.ts';
import { A_CELL, PLANTED, sheetsRig, type SheetsRig } from '../../../support/sheets-rig.ts';

describe('Google Sheets', () => {
  let rig: SheetsRig;
  beforeEach(async () => {
    rig = await sheetsRig();
    rig.answerWith(A_CELL);
  });
  afterEach(() => rig.close());

  describe('goes where it is configured to go', () => {
    it('with the path of the base URL', async () => {
      answered(await rig.read({ baseUrl: `${rig.server.origin}/google/` }));
      expect(rig.calls()[0]?.path).to.equal('/google/v4/spreadsheets/1abc/values/Sheet1%21A1');
    });

    it('regardless of proxy and cloud variables in the environment', async () => {
      const planted = {
        HTTPS_PROXY: 'http://127.0.0.1:1',
        HTTP_PROXY: 'no URL at all',
        GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'elsewhere.test',
        GOOGLE_APPLICATION_CREDENTIALS: '/nowhere',
      };
      const before = Object.keys(planted).map((name) => [name, process.env[name]] as const);
      Object.assign(process.env, planted);
      try {
        answered(await rig.read());
        answered(await rig.sheets.probe(rig.access()));
      } finally {
        for (const [name, value] of before)
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
      }
    });

    it('on one connection', async () => {
      // With the token cached. A connection rests for one turn of the event loop, so the first read after the token's
      // uses another.
      answered(await rig.read());
      await turn();
      const ports = new Set<number | undefined>();
      rig.answerWith((response, exchange) => {
        ports.add(response.socket?.remotePort);
        A_CELL(response, exchange);
      });
      for (let call = 0; call < 4; call += 1) {
        answered(await rig.read());
        await turn();
      }
      expect(ports.size).to.equal(1);
    });

    it('with the trace of the caller', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      answered(await rig.read({ traceparent }));
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
    answered(await rig.read());
    expect(refused(await rig.write({ baseUrl: 'http://127.0.0.1:1' })).kind).to.equal('provider-unavailable');
    expect(refused(await rig.write({ baseUrl: 'http://no-such-host.invalid' })).kind).to.equal(
      'provider-unavailable',
    );
    rig.answerWith((response) => response.socket?.destroy());
    expect(refused(await rig.write()).kind).to.equal('outcome-unknown');
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
      answered(await rig.read());
      rig.answerWith(() => undefined);
      expect(refused(await append({ timeoutMs: 30 })).kind).to.equal('provider-unavailable');
    });

    it('and leaves it to its caller to try again, with a pause', async () => {
      rig.answerWith(text(503, 'text/html', '<html>'));
      expect(refused(await append()).kind).to.equal('provider-unavailable');
      expect(rig.calls()).to.have.length(1);
    });
  });

  it('does not take a redirect for a completed write', async () => {
    rig.answerWith(text(307, 'text/html', '', { location: 'http://127.0.0.1:1/' }));
    expect(refused(await rig.write()).kind).to.equal('answer-not-understood');
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
