import { expect } from 'chai';
import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  keyedRow,
  startAppendingCaller,
  type AppendingCaller,
  type AppendingPlan,
  type AppendingState,
} from '../support/appending-caller.ts';
import { administratorToken } from '../support/gateway.ts';
import type { AppendedRow } from '../support/persistent-appender.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { aSpreadsheet, registerUnlimitedSheets } from '../support/sheets-gateway.ts';
import { testFolder } from '../support/test-folder.ts';

/** A long run: SHEET_WRITES=10000 KILL_ROUNDS=50. This is a minimum; callers continue until the kills are over. */
const WRITES = Number(process.env['SHEET_WRITES'] ?? '200');
const KILLS = Number(process.env['KILL_ROUNDS'] ?? '3');
const SEED = Number(process.env['SHEET_SEED'] ?? '1');
const REPLICAS = 2;
/** Caller processes, one of which is killed whenever every other replica is. */
const CALLERS = 4;
const AT_ONCE = Number(process.env['SHEET_WRITES_AT_ONCE'] ?? '8');
const SPREADSHEETS = 4;
const TENANT = 'uk_company_1';
/** The lease of a key whose process was killed: nobody can take over before it expires. */
const LEASE_MS = 15_000;

describe('Keyed appends to spreadsheets under process failures', function () {
  this.timeout(90_000 + KILLS * LEASE_MS + WRITES * 50);
  const random = seededRandom(SEED);
  let replicas: Replicas;
  let sheets: readonly string[];
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let callers: readonly AppendingCaller[] = [];
  before(async () => {
    folder = await testFolder();
    replicas = await startReplicas(REPLICAS, { RATE_LIMIT_SHEETS_PER_MINUTE: '0' });
    const [api] = await replicas.clients(TENANT);
    if (api === undefined) throw new Error('no replica');
    const { sandbox } = replicas;
    const email = await registerUnlimitedSheets(api, sandbox);
    sheets = Array.from({ length: SPREADSHEETS }, () => aSpreadsheet(sandbox, email));
    sandbox.sheets.control({
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
  after(async () => {
    await Promise.all(callers.map((caller) => caller.stop()));
    await replicas.stop();
    folder.remove();
  });

  const stateFile = (): string => `${folder.path}/state.json`;
  /** Replaced atomically, so that a reader never sees half of it. */
  const tell = (isEnough: boolean): void => {
    const state: AppendingState = { urls: replicas.processes.map(({ url }) => url), isEnough };
    writeFileSync(`${stateFile()}.next`, JSON.stringify(state));
    renameSync(`${stateFile()}.next`, stateFile());
  };
  const startCaller = async (caller: number): Promise<AppendingCaller> => {
    const plan: AppendingPlan = {
      tenant: TENANT,
      credential: await administratorToken({ tenants: [TENANT] }),
      stateFile: stateFile(),
      caller,
      callers: CALLERS,
      least: WRITES,
      sheets,
      atOnce: AT_ONCE,
      seed: SEED + caller,
    };
    const planFile = `${folder.path}/caller-${caller}.plan.json`;
    writeFileSync(planFile, JSON.stringify(plan));
    return startAppendingCaller(planFile, `${folder.path}/caller-${caller}.told.jsonl`);
  };

  const killAgainAndAgain = async (): Promise<void> => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(100 + random() * 400);
      if (kill % 2 === 0)
        expect(await callers[(kill / 2) % CALLERS]?.replace(), 'a caller at work').to.equal(true);
      await replicas.replace(kill % REPLICAS);
      tell(false);
    }
    tell(true);
  };

  it(`are in the sheet exactly once for each of ${WRITES} keys or more, over ${KILLS} kills and lost answers`, async () => {
    tell(false);
    callers = await Promise.all(Array.from({ length: CALLERS }, (_, caller) => startCaller(caller)));
    await Promise.all([killAgainAndAgain(), ...callers.map(({ done }) => done)]);
    const lines = callers.flatMap(({ told }) => told());
    const told = lines.flatMap((line) => ('answered' in line ? [line.answered] : []));
    const refusals = lines.flatMap((line) => ('refused' in line ? [line.refused] : []));

    const keys = [...new Set(told.map((one) => one.asked.key))];
    const inSheets = sheets.flatMap((sheet) => rowsOf(sheet).map(([key]) => String(key)));
    expect(inSheets.toSorted(), 'rows').to.deep.equal(keys.toSorted());
    const least = Array.from({ length: WRITES }, (_, n) => keyedRow(n, sheets).key);
    expect(keys, 'answered keys').to.include.members(least);
    expect(told.filter(isElsewhere), 'told another place').to.deep.equal([]);
    expect(refusals, 'requests that were killed').to.include('no answer');
    expect(replicas.sandbox.sheets.state().counters.statuses['none'], 'lost answers').to.be.greaterThan(0);
    // An answer without a place is not wrong, but must be rare.
    expect(told.filter(({ range }) => range === undefined).length, 'told no place').to.be.at.most(
      keys.length / 100,
    );
  });

  const rowsOf = (sheet: string) => replicas.sandbox.sheets.rows(sheet, 'Sheet1', 'UNFORMATTED_VALUE');
  const isElsewhere = ({ asked: { sheet, row }, range }: AppendedRow): boolean => {
    if (range === undefined) return false;
    const [, line] = /^Sheet1!A(\d+):B\1$/.exec(range) ?? [];
    return JSON.stringify(rowsOf(sheet)[Number(line) - 1]) !== JSON.stringify(row);
  };
});
