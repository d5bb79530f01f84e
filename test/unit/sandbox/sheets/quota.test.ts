import { expect } from 'chai';

import { withSandbox } from '../with-sandbox.ts';
import { ask, tokenFor, type Told } from './sheets-rig.ts';

describe('sandbox: quotas of Google Sheets', () => {
  const sandbox = withSandbox();
  let start: number;
  beforeEach(() => (start = Date.now()));
  const read = (token: string, id: string): Promise<Told> =>
    ask(sandbox(), token, { method: 'GET', path: `/v4/spreadsheets/${id}/values/A1` });
  const clear = (token: string, id: string): Promise<Told> =>
    ask(sandbox(), token, { method: 'POST', path: `/v4/spreadsheets/${id}/values/A1:clear`, body: {} });
  const statuses = async (count: number, call: () => Promise<Told>): Promise<readonly number[]> =>
    (await Promise.all(Array.from({ length: count }, call)))
      .map(({ status }) => status)
      .toSorted((a, b) => a - b);
  const limitOf = ({ body }: Told): unknown =>
    (body as { error?: { details?: readonly { metadata?: { quota_limit?: string } }[] } }).error?.details?.[0]
      ?.metadata?.quota_limit;

  it('lets an account read and write sixty times a minute each, to begin with', async () => {
    sandbox().control({ clock_ms: start });
    const token = await tokenFor(sandbox());
    const id = sandbox().sheets.addSpreadsheet();
    expect(await statuses(61, () => read(token, id))).to.deep.equal([...Array<number>(60).fill(200), 429]);
    expect(await statuses(61, () => clear(token, id))).to.deep.equal([...Array<number>(60).fill(200), 429]);
    sandbox().control({ clock_ms: start + 59_999 });
    expect(limitOf(await read(token, id))).to.equal('ReadRequestsPerMinutePerUser');
    sandbox().control({ clock_ms: start + 60_000 });
    expect((await read(token, id)).status).to.equal(200);
    const { accounts } = sandbox().sheets.state().counters;
    expect(Object.values(accounts)).to.deep.equal([
      {
        reads: 61,
        writes: 60,
        refused_by_quota: 3,
        tokens: 1,
        max_reads_per_minute: 60,
        max_writes_per_minute: 60,
      },
    ]);
  });

  it('shares the three hundred of a project among its accounts, and not with another project', async () => {
    sandbox().control({ clock_ms: start });
    const id = sandbox().sheets.addSpreadsheet();
    const six = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        tokenFor(sandbox(), { client_email: `${index}@one.test`, project_number: '1' }),
      ),
    );
    const other = await tokenFor(sandbox(), { client_email: 'a@two.test', project_number: '2' });
    for (const token of six.slice(0, 5)) await statuses(60, () => read(token, id));
    const told = await read(six[5] ?? '', id);
    expect([told.status, limitOf(told)]).to.deep.equal([429, 'ReadRequestsPerMinutePerProject']);
    expect((await read(other, id)).status).to.equal(200);
  });

  it('counts a batch as one call, and does not count a refused call', async () => {
    sandbox().sheets.control({ quota: { writes_per_account: 2 } });
    sandbox().control({ clock_ms: start });
    const token = await tokenFor(sandbox());
    const id = sandbox().sheets.addSpreadsheet();
    const ranges = Array.from({ length: 50 }, (_, index) => `A${index + 1}`);
    const path = `/v4/spreadsheets/${id}/values:batchClear`;
    const batch = () => ask(sandbox(), token, { method: 'POST', path, body: { ranges } });
    expect(await statuses(4, batch)).to.deep.equal([200, 200, 429, 429]);
    sandbox().control({ clock_ms: start + 60_000 });
    expect(await statuses(2, batch)).to.deep.equal([200, 200]);
  });

  it('is lifted in one limit or in all', async () => {
    const token = await tokenFor(sandbox());
    const id = sandbox().sheets.addSpreadsheet();
    sandbox().sheets.control({ quota: { reads_per_account: 0, reads_per_project: null } });
    expect((await read(token, id)).status).to.equal(429);
    sandbox().sheets.control({ quota: { reads_per_account: null } });
    expect((await read(token, id)).status).to.equal(200);
    expect(sandbox().sheets.state().settings.quota).to.deep.equal({
      writes_per_account: 60,
      writes_per_project: 300,
    });
    sandbox().sheets.control({ quota: null });
    expect(sandbox().sheets.state().settings.quota).to.deep.equal({});
  });
});
