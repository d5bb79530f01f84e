import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { startLateRequests, type LateRequests } from '../support/late-requests.ts';
import {
  appendRows,
  aSpreadsheet,
  keyed,
  readCells,
  registerUnlimitedSheets,
  writeCells,
} from '../support/sheets-gateway.ts';
import { eventually } from '../support/until.ts';

/** One mark more than a call to remove them is worthwhile for: see `sweepMarks`. */
const MARKS = 201;

describe('A request to a spreadsheet that arrives long after it was given up', () => {
  let gateway: Gateway;
  let api: ApiClient;
  let late: LateRequests;
  let sheet: string;
  before(async () => {
    gateway = await startGateway({ RATE_LIMIT_SHEETS_PER_MINUTE: '0' });
    api = await gateway.administrator('uk_company_1');
    late = await startLateRequests(gateway.sandbox.sheetsBaseUrl);
    const email = await registerUnlimitedSheets(api, gateway.sandbox, { base_url: late.url });
    sheet = aSpreadsheet(gateway.sandbox, email);
  });
  after(async () => {
    await late.close();
    await gateway.stop();
  });

  const append = (key: string, more = {}) =>
    appendRows(api, sheet, 'Sheet1', { values: [[key]] }, { ...keyed(key), ...more });
  const written = (key: string): number =>
    gateway.sandbox.sheets.rows(sheet, 'Sheet1').filter(([cell]) => cell === key).length;
  const marksGone = async (): Promise<true | undefined> => {
    const [left] = await gateway.sql<{ count: string }>(
      'select count(*) from idempotency_keys where mark_place is not null',
    );
    return Number(left?.count) < MARKS ? true : undefined;
  };

  it('adds its rows only once, although they were sent again and other marks were removed', async () => {
    expect((await append('known')).status).to.equal(200);
    late.holdNext('"late"');
    expect((await append('late', { 'x-request-deadline-ms': '4000' })).status).to.equal(200);
    expect(written('late')).to.equal(1);
    const others = Array.from({ length: MARKS }, (_, n) => append(`other-${n}`));
    for (const { status } of await Promise.all(others)) expect(status).to.equal(200);
    // Half a minute later: no answered request can have another one in transit.
    await gateway.sql(`update idempotency_keys set finished_at = finished_at - interval '30 seconds'`);
    expect((await append('sweeping')).status).to.equal(200);
    await eventually('marks that are taken away', marksGone);
    expect(await late.letGo(), 'refused for its mark').to.deep.equal([400]);
    expect(written('late')).to.equal(1);
  });

  it('cannot be prevented from overwriting newer values, but every reader sees the stored values', async () => {
    const write = (value: string) => writeCells(api, sheet, 'Sheet1!J1', { values: [[value]] });
    const read = async () => (await readCells(api, sheet, 'Sheet1!J1')).body.data.values;
    late.holdNext('"older"');
    expect((await write('older')).status, 'answered by its second try').to.equal(200);
    expect((await write('newer')).status).to.equal(200);
    expect(await read()).to.deep.equal([['newer']]);
    expect(await late.letGo()).to.deep.equal([200]);
    expect(await read()).to.deep.equal([['older']]);
  });
});
