import { expect } from 'chai';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { FREE_BYTES } from '../../../../src/infrastructure/providers/answer-budget.ts';
import { json } from '../../../support/fixture-server.ts';
import { answered, refused } from '../../../support/provider-access.ts';
import { A_CELL, PLANTED, sheetsRig, type SheetsRig } from '../../../support/sheets-rig.ts';
import { until } from '../../../support/until.ts';

describe('Google Sheets', () => {
  let rig: SheetsRig;
  beforeEach(async () => {
    rig = await sheetsRig();
    rig.answerWith(A_CELL);
  });
  afterEach(() => rig.close());

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

    it('sends none of a larger request, which would need too much memory, and reports that', async () => {
      const refusal = refused<ProviderError>(await append(25, 31));
      expect(refusal).to.include({ kind: 'request-rejected', isOfSize: true });
      expect(refusal.message).to.contain('append fewer rows in one request');
      expect(written()).to.deep.equal([]);
    });
  });

  it('gives Google’s client bodies that it writes and does not copy, however large', async () => {
    rig.answerWith(json(200, { updatedRange: 'Sheet1!A1', updates: { updatedRange: 'Sheet1!A1' } }));
    let copies = 0;
    // Copying reads the list of members, and JSON reads the length of a list.
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

  it('distinguishes answers that are too large from incomprehensible ones, in bytes and in rows', async () => {
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

    it('accepts one large answer, refuses another beside it, and never refuses small ones', async () => {
      const isHeld = Promise.withResolvers<ServerResponse>();
      small.answerWith((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(large.slice(0, -10), () => isHeld.resolve(response));
      });
      const first = readAll();
      const response = await isHeld.promise;
      small.answerWith((other) => send(other, large));
      // The first one is written, but may still be in transit.
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

    it('counts the decompressed size of an answer', async () => {
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
});
