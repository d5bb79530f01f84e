import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { administratorToken } from '../support/gateway.ts';
import { appendPersistently, type AppendedRow, type KeyedRow } from '../support/persistent-appender.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { aSpreadsheet, registerSheets, UNLIMITED_ACCOUNT } from '../support/sheets-gateway.ts';

/** A long run: SHEET_WRITES=10000 KILL_ROUNDS=50. */
const WRITES = Number(process.env['SHEET_WRITES'] ?? '200');
const KILLS = Number(process.env['KILL_ROUNDS'] ?? '3');
const SEED = Number(process.env['SHEET_SEED'] ?? '1');
const REPLICAS = 2;
const CALLERS = 4;
const AT_ONCE = Number(process.env['SHEET_WRITES_AT_ONCE'] ?? '8');
const SPREADSHEETS = 4;
/** One in so many is sent twice at once. */
const DOUBLED = 10;
const TENANT = 'uk_company_1';
/** Of a key whose process was killed: nobody is let in before. */
const LEASE_MS = 15_000;

describe('Keyed appends to spreadsheets, whatever dies', function () {
  this.timeout(90_000 + KILLS * LEASE_MS + WRITES * 50);
  const random = seededRandom(SEED);
  let replicas: Replicas;
  let sheets: readonly string[];
  before(async () => {
    replicas = await startReplicas(REPLICAS, { RATE_LIMIT_SHEETS_PER_MINUTE: '0' });
    const [api] = await replicas.clients(TENANT);
    if (api === undefined) throw new Error('no replica');
    const { sandbox } = replicas;
    const config = { token_url: sandbox.tokenUrl, ...UNLIMITED_ACCOUNT };
    const email = await registerSheets(api, sandbox, { config });
    sheets = Array.from({ length: SPREADSHEETS }, () => aSpreadsheet(sandbox, email));
    sandbox.sheets.control({
      quota: null,
      latency_ms: 5,
      fail_some: {
        seed: SEED,
        chances: [
          { mode: 'drop_before', probability: 0.05 },
          { mode: 'drop_after', probability: 0.1 },
        ],
      },
    });
  });
  after(() => replicas.stop());

  const rowOf = (n: number): KeyedRow => ({
    key: `row-${n}`,
    sheet: sheets[n % SPREADSHEETS] ?? '',
    row: [`row-${n}`, n],
    copies: n % DOUBLED === 0 ? 2 : 1,
  });
  const urlNow = (): string => replicas.processes[Math.floor(random() * REPLICAS)]?.url ?? '';

  /** Returns how many were killed while somebody still waited for an answer. */
  const killAgainAndAgain = async (isOver: () => boolean): Promise<number> => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(100 + random() * 400);
      if (isOver()) return kill;
      await replicas.replace(kill % REPLICAS);
    }
    return KILLS;
  };

  it(`stand there once for each of ${WRITES} keys, over ${KILLS} kills and lost answers`, async () => {
    const refusals = new Map<string, number>();
    const onRefused = (why: string): void => void refusals.set(why, (refusals.get(why) ?? 0) + 1);
    const credential = await administratorToken({ tenants: [TENANT] });
    const asked = Array.from({ length: WRITES }, (_, n) => rowOf(n));
    const callers = Array.from({ length: CALLERS }, (_, caller) =>
      appendPersistently(
        { tenant: TENANT, credential, url: urlNow, onRefused },
        asked.filter((_row, n) => n % CALLERS === caller),
        AT_ONCE,
      ),
    );
    let isOver = false;
    const appended = Promise.all(callers).finally(() => (isOver = true));
    const [answers, kills] = await Promise.all([appended, killAgainAndAgain(() => isOver)]);
    const told = answers.flat();

    expect(kills, 'kills under load').to.equal(KILLS);
    expect(refusals.get('no answer'), 'requests that were killed').to.be.greaterThan(0);
    expect(replicas.sandbox.sheets.state().counters.statuses['none'], 'lost answers').to.be.greaterThan(0);
    const inSheets = sheets.flatMap((sheet) => rowsOf(sheet).map(([key]) => String(key)));
    expect(inSheets.toSorted(), 'rows').to.deep.equal(asked.map(({ key }) => key).toSorted());
    expect(new Set(told.map((one) => one.asked.key)).size, 'answered keys').to.equal(WRITES);
    expect(told.filter(isElsewhere), 'told another place').to.deep.equal([]);
    // A place that is not known any more is no wrong one, but the exception.
    expect(told.filter(({ range }) => range === undefined).length).to.be.lessThan(WRITES / 10);
  });

  const rowsOf = (sheet: string) => replicas.sandbox.sheets.rows(sheet, 'Sheet1', 'UNFORMATTED_VALUE');
  const isElsewhere = ({ asked: { sheet, row }, range }: AppendedRow): boolean => {
    if (range === undefined) return false;
    const [, line] = /^Sheet1!A(\d+):B\1$/.exec(range) ?? [];
    return JSON.stringify(rowsOf(sheet)[Number(line) - 1]) !== JSON.stringify(row);
  };
});
