import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import {
  appendRows,
  aSpreadsheet,
  keyed,
  readCells,
  registerSheets,
  writeCells,
} from '../support/sheets-gateway.ts';
import { aKeyPair, keyFile, privatePem } from '../support/service-account.ts';
import type { Problem } from '../support/wire.ts';

type Window = {
  readonly scope: string;
  readonly calls: string;
  readonly limit: number;
  readonly used: number;
};

describe('Quotas of spreadsheets', () => {
  let gateway: Gateway;
  let accounts = 0;
  before(async () => {
    // The longest deadline a caller can have: a busy machine needs a while for a thousand concurrent requests.
    gateway = await startGateway({ RATE_LIMIT_SHEETS_PER_MINUTE: '100000', CALL_DEADLINE_MS: '60000' });
  });
  after(() => gateway.stop());

  const anAccount = () => {
    accounts += 1;
    return {
      client_email: `gateway@quota-${accounts}.iam.gserviceaccount.com`,
      project_id: `quota-${accounts}`,
    };
  };
  const aTenant = async (
    tenant: string,
    account: ReturnType<typeof anAccount>,
    config: object = {},
  ): Promise<{ readonly api: ApiClient; readonly id: string }> => {
    const api = await gateway.administrator(tenant);
    await registerSheets(
      api,
      gateway.sandbox,
      { config: { token_url: gateway.sandbox.tokenUrl, ...config } },
      account,
    );
    const services = await api.get<{ data: readonly { id: string }[] }>('/services?service_type=spreadsheet');
    return { api, id: services.body.data[0]?.id ?? '' };
  };
  const windowsOf = async ({ api, id }: { readonly api: ApiClient; readonly id: string }) =>
    (await api.get<{ data: readonly Window[] }>(`/services/${id}/quota`)).body.data;

  it("let a thousand concurrent appends be sent within the account's write quota of a minute", async () => {
    const account = anAccount();
    const { api } = await aTenant('quota-burst', account);
    const sheet = aSpreadsheet(gateway.sandbox, account.client_email);
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        appendRows(api, sheet, 'Sheet1', { values: [[n]] }, { 'x-request-deadline-ms': '60000' }),
      ),
    );
    expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).to.deep.equal([]);
    const rows = gateway.sandbox.sheets.rows(sheet, 'Sheet1', 'UNFORMATTED_VALUE').flat();
    expect(new Set(rows).size).to.equal(1_000);
    const counters = gateway.sandbox.sheets.state().counters.accounts[account.client_email];
    expect(counters?.max_writes_per_minute).to.be.at.most(60);
    expect(counters?.refused_by_quota).to.equal(0);
  });

  it('are shared by all tenants that use the account, and shown with its services', async () => {
    const account = anAccount();
    const [one, two] = [
      await aTenant('quota-one', account, { account_writes_per_minute: 3 }),
      await aTenant('quota-two', account, { account_writes_per_minute: 3 }),
    ];
    const sheet = aSpreadsheet(gateway.sandbox, account.client_email);
    const write = ({ api }: typeof one) =>
      writeCells(api, sheet, 'A1', { values: [[1]] }, { 'x-request-deadline-ms': '8000' });
    const statuses = [];
    for (const tenant of [one, two, one]) statuses.push((await write(tenant)).status);
    expect(statuses).to.deep.equal([200, 200, 200]);
    const before = await windowsOf(two);
    const refused = await write(two);
    expect([refused.status, (refused.body as unknown as Problem).code]).to.deep.equal([
      429,
      'quota-exceeded',
    ]);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    const windows = await windowsOf(two);
    expect(windows.find(({ scope, calls }) => scope === 'account' && calls === 'writes')).to.deep.include({
      limit: 3,
      used: 3,
    });
    expect(windows.find(({ scope, calls }) => scope === 'project' && calls === 'reads')).to.deep.include({
      limit: 300,
      used: 0,
    });
    // A refusal that was known beforehand took nothing from the tenant's own window.
    const own = (all: readonly Window[]) => all.find(({ scope }) => scope === 'tenant')?.used;
    expect(own(windows)).to.equal(own(before));
    expect((await readCells(two.api, sheet, 'A1')).status).to.equal(200);
    const shown = JSON.stringify([windows, refused.body]);
    expect(shown).to.not.contain(account.client_email);
  });

  it("are neither used nor blocked by a caller that has an account's address without its key", async () => {
    const account = anAccount();
    const owner = await aTenant('quota-owner', account);
    const sheet = aSpreadsheet(gateway.sandbox, account.client_email);
    const stranger = await gateway.administrator('quota-stranger');
    const registered = await stranger.post('/services', {
      service_name: 'google_sheets',
      service_type: 'spreadsheet',
      base_url: gateway.sandbox.sheetsBaseUrl,
      credentials: keyFile({ ...account, private_key: privatePem(aKeyPair()) }),
      config: { token_url: gateway.sandbox.tokenUrl, account_reads_per_minute: 1 },
    });
    expect(registered.status).to.equal(201);
    expect((await readCells(stranger, sheet, 'A1')).status).to.equal(502);
    const windows = await windowsOf(owner);
    expect(windows.find(({ scope, calls }) => scope === 'account' && calls === 'reads')?.used).to.equal(0);
    expect((await readCells(owner.api, sheet, 'A1')).status).to.equal(200);
    // According to the stranger, the account has no call left.
    expect((await readCells(stranger, sheet, 'A1')).status).to.equal(502);
    expect((await readCells(owner.api, sheet, 'A2')).status).to.equal(200);
  });

  it('of Google are honoured: after its 429 the account waits, and callers that cannot wait are told for how long', async () => {
    const account = anAccount();
    const { api } = await aTenant('quota-google', account);
    const other = await aTenant('quota-google-too', account);
    const sheet = aSpreadsheet(gateway.sandbox, account.client_email);
    const fault = { count: 1, mode: '429', retry_after_s: 12, methods: ['values.append'] } as const;
    gateway.sandbox.sheets.control({ fail_next: fault });
    const append = (by: ApiClient, headers: Readonly<Record<string, string>>) =>
      appendRows(by, sheet, 'Sheet1', { values: [[1]] }, headers);
    const hasty = { 'x-request-deadline-ms': '3000' };
    const sent = () => gateway.sandbox.sheets.state().counters.calls['values.append'];
    const before = sent();
    for (const by of [api, other.api]) {
      const refused = await append(by, hasty);
      expect([refused.status, (refused.body as unknown as Problem).code]).to.deep.equal([
        429,
        'quota-exceeded',
      ]);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 12);
    }
    expect(sent() - before).to.equal(1);
    expect((await readCells(api, sheet, 'A1')).status).to.equal(200);
    const both = await Promise.all([append(api, keyed('after-429')), append(other.api, {})]);
    expect(both.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(gateway.sandbox.sheets.rows(sheet)).to.deep.equal([['1'], ['1']]);
  });
});
