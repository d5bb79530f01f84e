import { expect } from 'chai';
import type { Answer, ApiClient } from '../support/api-client.ts';
import { fixtureServer, text, type FixtureServer } from '../support/fixture-server.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { readCells, registerUnlimitedSheets, type Cells } from '../support/sheets-gateway.ts';
import { eventually } from '../support/until.ts';
import type { Problem } from '../support/wire.ts';

/** The heap limits that V8 chooses in a container of 512 MB. */
const HEAP_OF_512_MB = '--max-old-space-size=256 --max-semi-space-size=1';
const MIB = 1024 * 1024;
const COLUMNS = 26;

const cellsOf = (cell: string | number, bytes: number): string => {
  const row = JSON.stringify(Array.from({ length: COLUMNS }, () => cell));
  const rows = Array.from({ length: Math.floor(bytes / (Buffer.byteLength(row) + 1)) - 2 }, () => row);
  return `{"range":"Sheet1!A1:Z1000000","majorDimension":"ROWS","values":[${rows.join(',')}]}`;
};

describe('Spreadsheets in a container of 512 MB', function () {
  this.timeout(300_000);
  let gateway: Gateway;
  let google: FixtureServer;
  let api: ApiClient;
  before(async () => {
    gateway = await startGateway({ NODE_OPTIONS: HEAP_OF_512_MB, CALL_DEADLINE_MS: '120000' });
    google = await fixtureServer(text(404, 'text/plain', ''));
    api = await gateway.administrator('uk_company_1');
    const config = { timeout_ms: 60_000 };
    await registerUnlimitedSheets(api, gateway.sandbox, { base_url: google.origin, config });
  });
  after(async () => {
    await google.close();
    await gateway.stop();
  });

  const read = <A = Cells>(range: string) =>
    readCells(api, 'a-spreadsheet', range) as unknown as Promise<Answer<A>>;
  const answerWith = (cells: string): void =>
    google.answerWith(text(200, 'application/json; charset=UTF-8', cells));

  it('refuses cells that do not fit into its heap, and says what to do', async () => {
    // Short numbers need the most memory relative to their size on the wire.
    answerWith(cellsOf(1, 30 * MIB));
    const answers = await Promise.all([
      read<Problem>('Sheet1!A1:Z380000'),
      read<Problem>('Sheet1!A1:Z380001'),
    ]);
    for (const { status, body } of answers) {
      expect({ status, code: body.code }).to.deep.equal({ status: 502, code: 'answer-not-understood' });
      expect(body.detail).to.contain('ask for less');
    }
  });

  it('reads two ranges of the largest permitted size at once', async () => {
    answerWith(cellsOf('x'.repeat(200), 8 * MIB));
    const answers = await Promise.all([read('Sheet1!A1:Z2000'), read('Sheet1!A1:Z2001')]);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(answers[1].body.data.values.at(-1)).to.have.lengthOf(COLUMNS);
  });

  it('answers many callers that wait for the same cells', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const cells = text(200, 'application/json; charset=UTF-8', cellsOf('x'.repeat(200), 7 * MIB));
    google.answerWith((...asked) => void held.then(() => cells(...asked)));
    const asked = google.received.length;
    const reads = Array.from({ length: 40 }, () => read<Cells & Problem>('Sheet1!A1:Z3000'));
    await eventually('the one who asks for all', async () => google.received.length > asked || undefined);
    // By then, all or nearly all of the other callers have arrived.
    for (let n = 0; n < 20; n += 1) expect((await api.get('/health/live')).status).to.equal(200);
    letGo();
    const answers = await Promise.all(reads);
    const well = answers.filter(({ status }) => status === 200);
    expect(well).to.have.length.above(30);
    for (const { body } of well) expect(body.data.values.at(-1)).to.have.lengthOf(COLUMNS);
    for (const { body } of answers.filter((one) => !well.includes(one)))
      expect(body).to.include({ status: 503, code: 'unavailable' });
  });
});
