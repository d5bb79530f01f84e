import { expect } from 'chai';
import type { Answer, ApiClient } from '../support/api-client.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import {
  appendRows,
  aSpreadsheet,
  keyed,
  readCells,
  registerUnlimitedSheets,
  sheetsCalls,
  writeCells,
} from '../support/sheets-gateway.ts';
import { eventually, until } from '../support/until.ts';
import type { Problem } from '../support/wire.ts';

type Said = { readonly status: number; readonly code?: string; readonly detail?: string };

describe('A keyed write that may have been carried out', () => {
  let gateway: Gateway;
  let api: ApiClient;
  let email: string;
  let sheet: string;
  before(async () => {
    gateway = await startGateway({ RATE_LIMIT_SHEETS_PER_MINUTE: '0' });
    api = await gateway.administrator('uk_company_1');
    email = await registerUnlimitedSheets(api, gateway.sandbox);
  });
  after(() => gateway.stop());
  beforeEach(() => {
    sheet = aSpreadsheet(gateway.sandbox, email);
  });

  const said = ({ status, body }: Answer<unknown>): Said => {
    const { code, detail } = body as Problem;
    return status === 200 ? { status } : { status, code, detail: detail ?? '' };
  };
  const rows = () => gateway.sandbox.sheets.rows(sheet, 'Sheet1', 'UNFORMATTED_VALUE');
  const loseAnswers = (isOn: boolean): void =>
    gateway.sandbox.sheets.control({ fail_always: isOn ? { mode: 'drop_after' } : null });
  const setActive = async (is_active: boolean): Promise<void> => {
    const { body } = await api.get<{ data: readonly { id: string; service_name: string }[] }>('/services');
    const service = body.data.find(({ service_name: name }) => name === 'google_sheets');
    const path = `/services/${service?.id}`;
    const changed = await api.ask('PATCH', path, { body: { is_active }, headers: { 'if-match': '*' } });
    expect(changed.status).to.equal(200);
  };
  const values = [['lost', 1]];
  const writes = {
    append: (key: string) => appendRows(api, sheet, 'Sheet1', { values }, keyed(key)),
    write: (key: string) => writeCells(api, sheet, 'Sheet1!A1:B1', { values }, keyed(key)),
  };

  for (const [name, write] of Object.entries(writes)) {
    it(`is not reported as failed because its spreadsheet is no longer shared: ${name}`, async () => {
      // So that the account's token and the sheet are known, and the lost request is the write itself.
      expect(said(await write(`known-${name}`))).to.deep.equal({ status: 200 });
      const before = rows().length;
      loseAnswers(true);
      expect(said(await write(`doubt-${name}`))).to.include({ status: 504, code: 'outcome-unknown' });
      loseAnswers(false);
      gateway.sandbox.sheets.share(sheet, email, 'none');
      const repeat = said(await write(`doubt-${name}`));
      expect(repeat).to.include({ status: 504, code: 'outcome-unknown' });
      expect(repeat.detail, 'what to do about it').to.include(email);
      gateway.sandbox.sheets.share(sheet, email, 'writer');
      expect(said(await write(`doubt-${name}`))).to.deep.equal({ status: 200 });
      expect(rows()).to.have.length(name === 'append' ? before + 1 : before);
    });

    it(`is not reported as failed because the service can no longer be used: ${name}`, async () => {
      expect(said(await write(`may-${name}`))).to.deep.equal({ status: 200 });
      const before = rows().length;
      loseAnswers(true);
      expect(said(await write(`may-not-${name}`))).to.include({ status: 504, code: 'outcome-unknown' });
      loseAnswers(false);
      gateway.sandbox.sheets.serviceAccount({ client_email: email, api_enabled: false });
      expect(said(await write(`may-not-${name}`))).to.include({ status: 504, code: 'outcome-unknown' });
      gateway.sandbox.sheets.serviceAccount({ client_email: email, api_enabled: true });
      await setActive(false);
      expect(said(await write(`may-not-${name}`))).to.include({ status: 504, code: 'outcome-unknown' });
      await setActive(true);
      expect(said(await write(`may-not-${name}`))).to.deep.equal({ status: 200 });
      expect(rows()).to.have.length(name === 'append' ? before + 1 : before);
    });

    it(`is not reported as failed because its spreadsheet is gone: ${name}`, async () => {
      expect(said(await write(`there-${name}`))).to.deep.equal({ status: 200 });
      loseAnswers(true);
      expect(said(await write(`gone-${name}`))).to.include({ status: 504, code: 'outcome-unknown' });
      loseAnswers(false);
      gateway.sandbox.sheets.addSpreadsheet({ spreadsheet_id: sheet, kind: 'document' });
      expect(said(await write(`gone-${name}`))).to.include({ status: 504, code: 'outcome-unknown' });
      expect(said(await write(`new-${name}`))).to.include({ status: 404, code: 'not-found' });
    });
  }

  it('is refused like any other where its mark shows that it was not carried out', async () => {
    expect(said(await writes.append('seen-1'))).to.deep.equal({ status: 200 });
    gateway.sandbox.sheets.control({
      fail_always: { mode: 'drop_before', methods: ['batchUpdate', 'developerMetadata.search'] },
    });
    expect(said(await writes.append('seen-2'))).to.include({ status: 504, code: 'outcome-unknown' });
    gateway.sandbox.sheets.control({ fail_always: null });
    gateway.sandbox.sheets.share(sheet, email, 'reader');
    expect(said(await writes.append('seen-2'))).to.include({ status: 422, code: 'request-rejected' });
    expect(rows()).to.have.length(1);
  });

  it('does not open the breaker, however many callers wait for the one lost answer', async () => {
    for (const key of ['well-1', 'well-2', 'well-3'])
      expect(said(await writes.append(key))).to.deep.equal({ status: 200 });
    const path = '/services?service_type=spreadsheet';
    const health = async () =>
      (await api.get<{ data: readonly { health_status: string }[] }>(path)).body.data[0]?.health_status;
    await until(health, (status) => status === 'healthy');
    // A busy machine may take so long to read them all that some are sent after the others: their answer is lost, too.
    gateway.sandbox.sheets.control({
      latency_ms: 1_500,
      fail_always: { mode: 'drop_after', methods: ['values.append'] },
    });
    const before = sheetsCalls(gateway.sandbox);
    const turn = writeCells(api, sheet, 'Sheet1!D1', { values });
    await eventually('a write that has the turn', async () =>
      sheetsCalls(gateway.sandbox) > before ? true : undefined,
    );
    const many = Array.from({ length: 20 }, () => appendRows(api, sheet, 'Sheet1', { values }));
    for (const one of await Promise.all(many))
      expect(said(one)).to.include({ status: 504, code: 'outcome-unknown' });
    gateway.sandbox.sheets.control({ latency_ms: 0, fail_always: null });
    expect(said(await turn)).to.deep.equal({ status: 200 });
    expect((await readCells(api, sheet, 'Sheet1!A1')).status).to.equal(200);
    expect(await health()).to.equal('healthy');
  });

  it('does not leave its mark in the spreadsheet for ever when nobody repeats it', async () => {
    expect(said(await writes.append('asked-1'))).to.deep.equal({ status: 200 });
    loseAnswers(true);
    expect(said(await writes.append('given-up'))).to.include({ status: 504, code: 'outcome-unknown' });
    loseAnswers(false);
    expect(rows(), 'it was written').to.have.length(2);
    const [doubt] = await gateway.sql<{ mark: number }>(
      `update idempotency_keys set used_at = used_at - interval '24 hours' where key = 'given-up' returning mark`,
    );
    expect(said(await writes.append('asked-2'))).to.deep.equal({ status: 200 });
    const taken = `{"deleteDeveloperMetadata":{"dataFilter":{"developerMetadataLookup":{"metadataId":${doubt?.mark}}}}}`;
    await eventually('a mark that is taken away', async () =>
      gateway.sandbox.sheets.lastRequests().some(({ body }) => body?.includes(taken) === true)
        ? true
        : undefined,
    );
  });
});
