import { expect } from 'chai';

import { until } from '../../../support/until.ts';
import { withSandbox } from '../with-sandbox.ts';
import { HeldTimers } from './held-timers.ts';
import { aBook, type Told } from './sheets-rig.ts';

type Appended = { readonly tableRange?: string; readonly updates: { readonly updatedRange: string } };

const ranges = (tolds: readonly Told[]): readonly string[] =>
  tolds.map(({ body }) => (body as Appended).updates.updatedRange);

describe('sandbox: appends that overlap, with the timers held', () => {
  const timers = new HeldTimers();
  const sandbox = withSandbox({ timers });
  const chosen = (count: number): Promise<number> =>
    until(
      () => Promise.resolve(sandbox().sheets.state().open_appends),
      (open) => open === count,
    );

  it('gives two that overlap the same row, and keeps the later one only', async () => {
    const { id, append } = await aBook(sandbox());
    const first = append('Sheet1!A1', [['first', 1]]);
    await chosen(1);
    const second = append('Sheet1!A1', [['second', 2]]);
    await chosen(2);
    timers.release();
    expect(ranges(await Promise.all([first, second]))).to.deep.equal(['Sheet1!A1:B1', 'Sheet1!A1:B1']);
    expect(sandbox().sheets.rows(id)).to.deep.equal([['second', '2']]);
    expect(sandbox().sheets.state().counters.appends).to.deep.equal({ overlapping: 1, overwritten_rows: 1 });
  });

  it('gives one that begins after the other has written the next row', async () => {
    const { id, append } = await aBook(sandbox());
    for (const name of ['first', 'second']) {
      const answer = append('Sheet1!A1', [[name]]);
      await chosen(1);
      timers.release();
      await answer;
    }
    expect(sandbox().sheets.rows(id)).to.deep.equal([['first'], ['second']]);
    expect(sandbox().sheets.state().counters.appends).to.deep.equal({ overlapping: 0, overwritten_rows: 0 });
  });

  it('has no race between two sheets', async () => {
    const { id, append } = await aBook(sandbox(), { sheets: [{ title: 'One' }, { title: 'Two' }] });
    const answers = [append('One!A1', [['1']]), append('Two!A1', [['2']])];
    await chosen(2);
    timers.release();
    await Promise.all(answers);
    expect([sandbox().sheets.rows(id, 'One'), sandbox().sheets.rows(id, 'Two')]).to.deep.equal([
      [['1']],
      [['2']],
    ]);
    expect(sandbox().sheets.state().counters.appends.overlapping).to.equal(0);
  });

  it('loses no row of two that insert rows, only tells the first a range that has moved', async () => {
    const { id, append } = await aBook(sandbox(), { sheets: [{ title: 'S', values: [['head']] }] });
    const inserting = { insertDataOption: 'INSERT_ROWS' };
    const first = append('S!A1', [['first']], inserting);
    await chosen(1);
    const second = append('S!A1', [['second']], inserting);
    await chosen(2);
    timers.release();
    expect(ranges(await Promise.all([first, second]))).to.deep.equal(['S!A2', 'S!A2']);
    expect(sandbox().sheets.rows(id)).to.deep.equal([['head'], ['second'], ['first']]);
  });

  it('writes over what an update put below the table in between', async () => {
    const { id, append, put } = await aBook(sandbox(), { sheets: [{ title: 'S', values: [['head']] }] });
    const appended = append('S!A1', [['appended']]);
    await chosen(1);
    await put('S!A2', [['updated']]);
    timers.release();
    await appended;
    expect(sandbox().sheets.rows(id)).to.deep.equal([['head'], ['appended']]);
    expect(sandbox().sheets.state().counters.appends).to.deep.equal({ overlapping: 0, overwritten_rows: 1 });
  });
});

describe('sandbox: appends that overlap, in real time', () => {
  const sandbox = withSandbox();
  const hundred = Array.from({ length: 100 }, (_, index) => [`row ${index}`]);

  it('loses rows of a hundred that are sent at once, and says how many', async () => {
    sandbox().sheets.control({ quota: null });
    const { id, append } = await aBook(sandbox());
    const answers = await Promise.all(hundred.map((row) => append('Sheet1!A1', [row])));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(100).fill(200));
    const { overlapping, overwritten_rows: lost } = sandbox().sheets.state().counters.appends;
    expect(overlapping).to.be.greaterThan(0);
    expect(lost).to.be.greaterThan(0);
    expect(sandbox().sheets.rows(id)).to.have.lengthOf(100 - lost);
    expect(new Set(ranges(answers))).to.have.lengthOf(100 - lost);
  });

  it('loses no rows without a gap between choosing and writing', async () => {
    sandbox().sheets.control({ quota: null, append_window_ms: 0 });
    const { id, append } = await aBook(sandbox());
    await Promise.all(hundred.map((row) => append('Sheet1!A1', [row])));
    expect(sandbox().sheets.rows(id)).to.have.deep.members(hundred);
    expect(sandbox().sheets.state().counters.appends).to.deep.equal({ overlapping: 0, overwritten_rows: 0 });
  });

  it('loses no rows of successive appends', async () => {
    sandbox().sheets.control({ quota: null });
    const { id, append } = await aBook(sandbox());
    for (const row of hundred.slice(0, 20)) await append('Sheet1!A1', [row]);
    expect(sandbox().sheets.rows(id)).to.deep.equal(hundred.slice(0, 20));
  });
});
