import { expect } from 'chai';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { ApiClient } from '../support/api-client.ts';
import { fixtureServer, json, type FixtureServer } from '../support/fixture-server.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import {
  appendRows,
  aSpreadsheet,
  keyed,
  readCells,
  registerSheets,
  writeCells,
} from '../support/sheets-gateway.ts';
import { eventually, until } from '../support/until.ts';

/** A tenant configures its own server as Google's address, with another tenant's spreadsheet id there. */
describe('A spreadsheet with the same id at another address', () => {
  let gateway: Gateway;
  let elsewhere: FixtureServer;
  let api: ApiClient;
  let stranger: ApiClient;
  let sheet: string;
  /** Requests that the stranger's server has not answered yet. */
  const held: (() => void)[] = [];
  before(async () => {
    [gateway, elsewhere] = await Promise.all([
      startGateway(),
      fixtureServer((response, exchange) => void held.push(() => json(503, {})(response, exchange))),
    ]);
    api = await gateway.administrator('uk_company_1');
    sheet = aSpreadsheet(gateway.sandbox, await registerSheets(api, gateway.sandbox));
    stranger = await gateway.administrator('uk_company_2');
    await registerSheets(
      stranger,
      gateway.sandbox,
      { base_url: elsewhere.origin },
      { client_email: 'stranger@elsewhere.iam.gserviceaccount.com' },
    );
  });
  after(() => Promise.all([gateway.stop(), elsewhere.close()]));

  it('does not block writes to the real one, nor caching of its reads', async () => {
    const lost = appendRows(stranger, sheet, 'A1', { values: [['x']] });
    await until(
      async () => held.length,
      (calls) => calls > 0,
    );
    const soon = { 'x-request-deadline-ms': '4000' };
    const written = await writeCells(api, sheet, 'Sheet1!A1', { values: [['ours']] }, soon);
    expect([written.status, held.length]).to.deep.equal([200, 1]);
    for (const answer of held.splice(0)) answer();
    expect((await lost).status).to.equal(504);
    await readCells(api, sheet, 'Sheet1');
    const again = await readCells(api, sheet, 'Sheet1');
    expect(again.headers.get('cache-status')).to.match(/^integration; hit/);
    expect(again.body.data.values).to.deep.equal([['ours']]);
  });

  it('prevents caching only for its own readers after a write with unknown outcome', async () => {
    const found = json(200, { range: 'Sheet1!A1:Z1000', majorDimension: 'ROWS', values: [['theirs']] });
    elsewhere.answerWith(found);
    for (let times = 0; times < 2; times += 1) {
      const read = await readCells(stranger, sheet, 'Sheet1');
      expect(read.headers.get('cache-status')).to.equal('integration; fwd=bypass');
      expect(read.body.data.values).to.deep.equal([['theirs']]);
    }
  });

  it('has its marks removed where they are, not where they are missing', async () => {
    const twin = await startSandbox();
    try {
      const owner = await gateway.administrator('uk_company_4');
      const email = await registerSheets(owner, gateway.sandbox, { priority: 200 });
      const id = aSpreadsheet(gateway.sandbox, email);
      const shared_with = [
        await registerSheets(owner, twin, { service_name: 'twin', provider: 'google_sheets' }),
      ];
      twin.sheets.addSpreadsheet({ spreadsheet_id: id, sheets: [{ title: 'Sheet1' }], shared_with });
      const services = await owner.get<{ data: readonly { id: string; service_name: string }[] }>(
        '/services',
      );
      const first = services.body.data.find(({ service_name }) => service_name === 'google_sheets');
      const setActive = async (is_active: boolean): Promise<void> => {
        const change = { body: { is_active }, headers: { 'if-match': '*' } };
        const changed = await owner.ask('PATCH', `/services/${first?.id}`, change);
        expect(changed.status, changed.text).to.equal(200);
      };
      const append = async (key: string): Promise<void> => {
        const appended = await appendRows(owner, id, 'Sheet1', { values: [[key]] }, keyed(key));
        expect(appended.status).to.equal(200);
      };
      await append('first');
      const [old] = await gateway.sql<{ mark: number }>(
        `update idempotency_keys set finished_at = finished_at - interval '2 hours' where key = 'first' returning mark`,
      );
      await setActive(false);
      // The sweep runs within the turn of the first append, so it is over when the second one gets its turn.
      await append('elsewhere');
      await append('elsewhere-too');
      expect(twin.sheets.rows(id, 'Sheet1')).to.deep.equal([['elsewhere'], ['elsewhere-too']]);
      await setActive(true);
      await append('last');
      const taken = `{"deleteDeveloperMetadata":{"dataFilter":{"developerMetadataLookup":{"metadataId":${old?.mark}}}}}`;
      await eventually('a mark that is taken away', async () =>
        gateway.sandbox.sheets.lastRequests().some(({ body }) => body?.includes(taken) === true)
          ? true
          : undefined,
      );
    } finally {
      await twin.stop();
    }
  });

  it('is not what a service reads after its address was changed to there', async () => {
    elsewhere.answerWith(json(200, { range: 'Sheet1!A1', values: [['of the old address']] }));
    const mover = await gateway.administrator('uk_company_3');
    const id = gateway.sandbox.sheets.addSpreadsheet({
      sheets: [{ title: 'Sheet1', values: [['of the new address']] }],
    });
    const found = async (): Promise<unknown> => (await readCells(mover, id, 'Sheet1!A1')).body.data.values;
    await registerSheets(mover, gateway.sandbox, { base_url: elsewhere.origin });
    expect(await found()).to.deep.equal([['of the old address']]);
    const services = await mover.get<{ data: readonly { id: string }[] }>('/services');
    const moved = await mover.ask('PATCH', `/services/${services.body.data[0]?.id}`, {
      body: {
        base_url: gateway.sandbox.sheetsBaseUrl,
        credentials: gateway.sandbox.sheets.serviceAccount(),
      },
      headers: { 'if-match': '*' },
    });
    expect(moved.status, moved.text).to.equal(200);
    expect(await found()).to.deep.equal([['of the new address']]);
  });
});
