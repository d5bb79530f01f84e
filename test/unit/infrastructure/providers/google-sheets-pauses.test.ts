import { expect } from 'chai';
import { json, type Reply } from '../../../support/fixture-server.ts';
import { answered, refused } from '../../../support/provider-access.ts';
import { A_CELL, errorOf, PLANTED, sheetsRig, type SheetsRig } from '../../../support/sheets-rig.ts';
import { until } from '../../../support/until.ts';

const MINUTE = 60_000;
const GRID = { properties: { title: 'Sheet1', gridProperties: { rowCount: 500, columnCount: 26 } } };

describe('Google Sheets', () => {
  let rig: SheetsRig;
  beforeEach(async () => {
    rig = await sheetsRig();
    rig.answerWith(A_CELL);
  });
  afterEach(() => rig.close());

  describe('leaves a server alone that asks for it, also while it is not known what became of rows', () => {
    const found = json(200, { spreadsheetId: '1abc', properties: {}, sheets: [GRID] });
    const data = [{ startRow: 0, rowData: [{ values: [{ userEnteredValue: { stringValue: PLANTED } }] }] }];
    const done = json(200, { updatedSpreadsheet: { sheets: [{ properties: {}, data }] } });
    const away = (seconds: number) => json(503, {}, { 'retry-after': `${seconds}` });
    /** The answers to requests other than reads of the spreadsheet; the last one is repeated. */
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

    it('and tries five times where no pause is named, with longer and longer pauses', async () => {
      const away = json(503, {});
      answerWith(json(400, errorOf(400, 'no')), away, away, away, away, json(200, {}));
      const startedAt = rig.clock.monotonic();
      const outcome = append();
      for (const [looks, pauseMs] of [
        [2, 50],
        [3, 200],
        [4, 800],
      ] as const) {
        await asleep();
        expect(posts()).to.equal(1 + looks);
        rig.clock.advance(pauseMs);
      }
      expect(refused(await outcome)).to.include({ kind: 'request-rejected', isUnwritten: true });
      expect([posts(), rig.clock.monotonic() - startedAt]).to.deep.equal([6, 1_050]);
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

  it('waits as long as a Retry-After says', async () => {
    rig.answerWith(json(429, errorOf(429, 'Quota exceeded', 'RESOURCE_EXHAUSTED'), { 'retry-after': '7' }));
    expect(refused(await rig.read())).to.include({ kind: 'quota-exceeded', retryAfterMs: 7_000 });
  });

  it('tells how long the server asks to be left alone, also where nobody knows the end of a write', async () => {
    for (const [code, wait] of [
      [503, 7_000],
      [500, undefined],
    ] as const) {
      // prettier-ignore
      rig.answerWith(json(code, {}, wait === undefined ? {} : { 'retry-after': '7' }));
      const { kind, ...more } = refused(await rig.write());
      expect([kind, 'retryAfterMs' in more ? more.retryAfterMs : undefined]).to.deep.equal([
        'outcome-unknown',
        wait,
      ]);
    }
  });

  it('waits out the minute of a 429 that states it only in its text', async () => {
    rig.answerWith(json(429, errorOf(429, 'Slow down', 'THROTTLED')));
    expect(refused(await rig.read())).to.include({ kind: 'quota-exceeded', retryAfterMs: MINUTE });
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
      expect(refused(await rig.read())).to.include({ kind, retryAfterMs });
    });
});
