import { expect } from 'chai';
import type { Answer, ApiClient } from '../support/api-client.ts';
import { patientClient } from '../support/patient-client.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import {
  appendRows,
  aSpreadsheet,
  keyed,
  readCells,
  registerUnlimitedSheets,
  writeCells,
} from '../support/sheets-gateway.ts';
import { until } from '../support/until.ts';

/** A long run, as of test/faults/sheets-read-your-writes.test.ts: SHEET_PAIRS=10000 SHEET_REPLICAS=4. */
const PAIRS = Number(process.env['SHEET_PAIRS'] ?? '400');
const REPLICAS = Number(process.env['SHEET_REPLICAS'] ?? '2');
const SHEETS = 8;
const READERS_OF_EACH = 2;

describe('Replicas that write and read spreadsheets', function () {
  this.timeout(60_000 + PAIRS * 100);
  let replicas: Replicas;
  let clients: readonly ApiClient[];
  let email: string;
  before(async () => {
    replicas = await startReplicas(REPLICAS, {
      RATE_LIMIT_SHEETS_PER_MINUTE: '0',
      // Other suites may use the same server.
      DATABASE_POOL_SIZE: '4',
    });
    clients = (await replicas.clients('uk_company_1')).map(patientClient);
    email = await registerUnlimitedSheets(clientAt(0), replicas.sandbox);
    replicas.sandbox.sheets.control({ latency_ms: 3 });
  });
  after(() => replicas.stop());

  const clientAt = (n: number): ApiClient => {
    const client = clients[n % clients.length];
    if (client === undefined) throw new Error('no replica');
    return client;
  };

  /** A write whose new version could not be announced because the database was away: 504 with this text. */
  const isUntold = ({ text }: Answer<unknown>): boolean => text.includes('could not be made known here');
  /** Writes into the first cell, repeated when needed: a write to given cells can be repeated. */
  const write = (client: ApiClient, sheet: string, value: number) =>
    until(
      () => writeCells(client, sheet, 'A1', { values: [[value]] }),
      (answer) => !isUntold(answer),
    );
  /** Appends to a new spreadsheet each time, until every replica was told of the writes, as is normal. */
  const untilAllTold = async (append: (time: number) => Promise<readonly Answer<unknown>[]>) => {
    let time = 0;
    const answers = await until(
      () => append((time += 1)),
      (all) => !all.some(isUntold),
    );
    for (const { status, text } of answers) expect(status, text).to.equal(200);
  };
  const readNumber = async (client: ApiClient, sheet: string, range: string): Promise<number> => {
    const how = '?value_render_option=UNFORMATTED_VALUE';
    const { status, body, text } = await readCells(client, sheet, range, how);
    if (status !== 200) throw new Error(`not read: ${status} ${text}`);
    return Number(body.data.values[0]?.[0] ?? 0);
  };

  it('do not overwrite a row that begins with an empty cell, whichever of them added it', async () => {
    const values = [['v1', '', 'v3'], ['', '', 'x'], ['1', '2', '3'], ['', '', 'y'], ['4', '5', '6']]; // prettier-ignore
    await untilAllTold(async (time) => {
      const sheet = aSpreadsheet(replicas.sandbox, email);
      const answers = [];
      for (const [n, row] of values.entries()) {
        const headers = n === 3 ? keyed(`ragged-${time}`) : {};
        answers.push(await appendRows(clientAt(n), sheet, 'Sheet1', { values: [row] }, headers));
      }
      expect(replicas.sandbox.sheets.rows(sheet)).to.deep.equal(values);
      return answers;
    });
  });

  it('never read an older value than the last answered write, whichever replica wrote it', async () => {
    const seen = { pairs: 0, hits: 0, stale: [] as string[] };
    const pairsOn = async (sheet: string, place: number): Promise<void> => {
      let isOver = false;
      const reading = async (reader: number): Promise<void> => {
        while (!isOver) {
          const { headers } = await readCells(
            clientAt(reader),
            sheet,
            reader % 2 === 0 ? 'Sheet1!A1' : 'Sheet1!A1:B2',
          );
          if (headers.get('cache-status')?.includes('; hit;') === true) seen.hits += 1;
        }
      };
      const readers = Array.from({ length: READERS_OF_EACH }, (_, n) => reading(place + n));
      for (let n = 1; n <= PAIRS / SHEETS; n += 1) {
        const written = await write(clientAt(place + n), sheet, n);
        expect(written.status, written.text).to.equal(200);
        const range = n % 3 === 0 ? 'Sheet1!A1:B2' : 'Sheet1!A1';
        const read = await readNumber(clientAt(place + n + 1 + (n % REPLICAS)), sheet, range);
        seen.pairs += 1;
        if (read < n) seen.stale.push(`${sheet} ${read} after ${n}`);
      }
      isOver = true;
      await Promise.all(readers);
    };
    const sheets = Array.from({ length: SHEETS }, () => aSpreadsheet(replicas.sandbox, email));
    await Promise.all(sheets.map(pairsOn));
    expect(seen.stale).to.deep.equal([]);
    expect(seen.pairs).to.equal(Math.floor(PAIRS / SHEETS) * SHEETS);
    // Otherwise the cache would not have been tested.
    expect(seen.hits).to.be.greaterThan(0);
  });

  it('do not serve a value that was loaded before a write', async () => {
    const sheet = aSpreadsheet(replicas.sandbox, email);
    for (let round = 1; round <= 10; round += 1) {
      const loads = clients.map((client) => readNumber(client, sheet, 'Sheet1!A1'));
      const written = await write(clientAt(round), sheet, round);
      expect(written.status, written.text).to.equal(200);
      await Promise.all(loads);
      const now = await Promise.all(clients.map((client) => readNumber(client, sheet, 'Sheet1!A1')));
      expect(now).to.deep.equal(clients.map(() => round));
    }
  });

  it('cache nothing of a spreadsheet while a write may still arrive', async () => {
    const sheet = aSpreadsheet(replicas.sandbox, email);
    await readNumber(clientAt(0), sheet, 'Sheet1!A1');
    replicas.sandbox.sheets.control({
      fail_next: { count: 1, mode: 'drop_after', methods: ['values.append'] },
    });
    const lost = await appendRows(clientAt(0), sheet, 'Sheet1!A1', { values: [[5]] });
    expect(lost.status).to.equal(504);
    for (const client of clients) {
      const read = await readCells(client, sheet, 'Sheet1!A1');
      expect(read.headers.get('cache-status')).to.equal('integration; fwd=bypass');
      expect(read.body.data.values).to.deep.equal([['5']]);
    }
  });

  it('allow one write at a time, so that no row of an append is lost', async () => {
    replicas.sandbox.sheets.control({ append_window_ms: 20 });
    const before = replicas.sandbox.sheets.state().counters.appends;
    const numbers = Array.from({ length: 60 }, (_, n) => n);
    await untilAllTold(async () => {
      const sheet = aSpreadsheet(replicas.sandbox, email);
      const append = (n: number) => appendRows(clientAt(n), sheet, 'Sheet1!A1', { values: [[n]] });
      const answers = await Promise.all(numbers.map(append));
      const rows = replicas.sandbox.sheets.rows(sheet, 'Sheet1', 'UNFORMATTED_VALUE').flat();
      expect(rows.toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(numbers);
      return answers;
    });
    replicas.sandbox.sheets.control({ append_window_ms: 0 });
    expect(replicas.sandbox.sheets.state().counters.appends).to.deep.equal(before);
  });
});
