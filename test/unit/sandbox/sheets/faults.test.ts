import { expect } from 'chai';

import {
  earlyModes,
  sheetsFaultModes,
  type SheetsFaultMode,
} from '../../../../sandbox/sheets/sheets-faults.ts';
import { until } from '../../../support/until.ts';
import { withSandbox } from '../with-sandbox.ts';
import { HeldTimers } from './held-timers.ts';
import { aBook, ask, askToken, assertionOf, tokenFor, type Book, type Told } from './sheets-rig.ts';

/** What the caller sees: a status, a body it cannot read, or nothing. */
const seen: Readonly<
  Record<Exclude<SheetsFaultMode, 'hang' | 'hang_before' | 'drip' | 'huge'>, number | 'cut'>
> = {
  '401': 401,
  '429': 429,
  '500': 500,
  '502': 502,
  '503': 503,
  '500_after': 500,
  '502_after': 502,
  '503_after': 503,
  html: 200,
  truncated: 200,
  type: 200,
  drop_before: 'cut',
  drop_after: 'cut',
  reset: 'cut',
};

const outcome = (call: Promise<Told>): Promise<number | 'cut'> =>
  call.then(
    ({ status }) => status,
    () => 'cut' as const,
  );

describe('sandbox: faults of Google Sheets', () => {
  const sandbox = withSandbox();
  const early: ReadonlySet<string> = new Set(earlyModes);
  const append = ({ append: call }: Book): Promise<number | 'cut'> => outcome(call('Sheet1!A1', [['x']]));

  for (const [mode, expected] of Object.entries(seen) as [keyof typeof seen, number | 'cut'][]) {
    const written = early.has(mode) ? 'nothing' : 'the row';
    it(`shows ${expected} for ${mode} and has written ${written}`, async () => {
      const book = await aBook(sandbox());
      sandbox().sheets.control({ fail_next: { count: 1, mode } });
      expect(await append(book)).to.equal(expected);
      expect(sandbox().sheets.rows(book.id)).to.deep.equal(written === 'nothing' ? [] : [['x']]);
      expect(await append(book)).to.equal(200);
    });
  }

  for (const [mode, rows] of [
    ['hang_before', []],
    ['hang', [['x']]],
  ] as const) {
    it(`leaves ${mode} without an answer and ${rows.length} rows written`, async () => {
      const book = await aBook(sandbox());
      sandbox().sheets.control({ append_window_ms: 0, fail_next: { count: 1, mode } });
      const path = `/v4/spreadsheets/${book.id}/values/Sheet1!A1:append`;
      const impatience = new AbortController();
      const call = fetch(`${sandbox().sheetsBaseUrl}${path}?valueInputOption=RAW`, {
        method: 'POST',
        headers: { authorization: `Bearer ${book.token}` },
        body: JSON.stringify({ values: [['x']] }),
        signal: impatience.signal,
      });
      const statuses = () => sandbox().sheets.state().counters.statuses;
      await until(
        async () => statuses()['none'],
        (hung) => hung === 1,
      );
      setTimeout(() => impatience.abort(), 40);
      expect(await call.catch((error: unknown) => (error as Error).name)).to.equal('AbortError');
      expect(sandbox().sheets.rows(book.id)).to.deep.equal(rows);
      expect(statuses()).to.deep.equal({ '200': 1, none: 1 });
    });
  }

  it('meets only the methods it is meant for, and the token endpoint only when named', async () => {
    const book = await aBook(sandbox());
    const key = sandbox().sheets.serviceAccount();
    sandbox().sheets.control({ fail_always: { mode: '503', methods: ['values.append'] } });
    expect([await append(book), await outcome(book.get('A1'))]).to.deep.equal([503, 200]);
    sandbox().sheets.control({ fail_always: { mode: '500' } });
    expect(await outcome(book.get('A1'))).to.equal(500);
    expect((await askToken(sandbox(), assertionOf(key))).status).to.equal(200);
    sandbox().sheets.control({ fail_always: { mode: '502', methods: ['token'] } });
    expect((await askToken(sandbox(), assertionOf(key))).status).to.equal(502);
    sandbox().sheets.control({ fail_always: null });
    expect([await append(book), await outcome(book.get('A1'))]).to.deep.equal([200, 200]);
  });

  it('counts down its calls and sends Retry-After', async () => {
    const book = await aBook(sandbox());
    sandbox().sheets.control({ fail_next: { count: 2, mode: '429', retry_after_s: 7 } });
    const told = [await book.get('A1'), await book.get('A1'), await book.get('A1')];
    expect(told.map(({ status }) => status)).to.deep.equal([429, 429, 200]);
    expect(told.map(({ headers }) => headers.get('retry-after'))).to.deep.equal(['7', '7', null]);
    expect(told[0]?.body).to.have.nested.property(
      'error.details[0].metadata.quota_limit',
      'ReadRequestsPerMinutePerUser',
    );
  });

  it('fails by chance, the same calls for the same seed', async () => {
    sandbox().sheets.control({ quota: null, append_window_ms: 0 });
    const book = await aBook(sandbox());
    const run = async (seed: number): Promise<readonly (number | 'cut')[]> => {
      const chances = [
        { mode: 'drop_before', probability: 0.2 },
        { mode: 'drop_after', probability: 0.2 },
        { mode: '503', probability: 0.2 },
      ] as const;
      sandbox().sheets.control({ fail_some: { seed, chances } });
      const outcomes: (number | 'cut')[] = [];
      for (let call = 0; call < 40; call += 1) outcomes.push(await append(book));
      return outcomes;
    };
    const first = await run(7);
    expect(new Set(first)).to.deep.equal(new Set([200, 503, 'cut']));
    expect(await run(7)).to.deep.equal(first);
    expect(await run(8)).not.to.deep.equal(first);
    const { committed, statuses } = sandbox().sheets.state().counters;
    expect(sandbox().sheets.rows(book.id)).to.have.lengthOf(committed['values.append'] ?? 0);
    expect(committed['values.append']).to.be.greaterThan((statuses['200'] ?? 0) - 1);
  });

  it('knows no other mode than those shown here and those that never end', () => {
    const endless = ['hang', 'hang_before', 'drip', 'huge'];
    expect([...Object.keys(seen), ...endless]).to.have.members(sheetsFaultModes);
  });
});

describe('sandbox: latency of Google Sheets', () => {
  const timers = new HeldTimers();
  const sandbox = withSandbox({ timers });

  it('has carried a call out before it waits with the answer', async () => {
    const token = await tokenFor(sandbox());
    const id = sandbox().sheets.addSpreadsheet();
    sandbox().sheets.control({ latency_ms: 1_000 });
    let answered = false;
    const call = ask(sandbox(), token, {
      method: 'PUT',
      path: `/v4/spreadsheets/${id}/values/A1`,
      query: { valueInputOption: 'RAW' },
      body: { values: [['x']] },
    }).finally(() => (answered = true));
    while (timers.held === 0) await fetch(`${sandbox().url}/__control/sheets`);
    expect([answered, sandbox().sheets.rows(id)]).to.deep.equal([false, [['x']]]);
    timers.release();
    expect((await call).status).to.equal(200);
  });
});
