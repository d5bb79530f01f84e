import { expect } from 'chai';
import type { Pool, PoolClient } from 'pg';
import { MemorySpreadsheetWriters } from '../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { DatabaseAway } from '../../../src/infrastructure/postgres/connection/database-away.ts';
import { openPool } from '../../../src/infrastructure/postgres/connection/open-pool.ts';
import {
  postgresSpreadsheetWriters,
  removeIdleWriters,
} from '../../../src/infrastructure/postgres/spreadsheet/postgres-spreadsheet-writers.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { spreadsheetWritersContract } from '../../contract/spreadsheet-writers.contract.ts';
import { cutAfterCommit } from '../../support/cut-after-commit.ts';
import { until } from '../../support/until.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const REPLICAS = 4;

describe('spreadsheet writers on PostgreSQL', () => {
  const { database, url } = migratedDatabase();
  let pools: ReturnType<typeof openPool>[];
  let failures: unknown[];
  before(() => {
    const config = { connectionString: url(), max: 2 };
    pools = Array.from({ length: REPLICAS }, () => openPool(config, () => undefined));
  });
  after(() => Promise.all(pools.map((pool) => pool.end())));
  beforeEach(() => void (failures = []));

  const replicaOn = (pool: ReturnType<typeof openPool>) =>
    postgresSpreadsheetWriters({
      database: { pool },
      here: new MemorySpreadsheetWriters({ sleep: systemSleep }),
      ids: systemIds,
      clock: systemClock,
      sleep: systemSleep,
      random: Math.random,
      onNotReleased: (error) => void failures.push(error),
    });
  const rows = async () =>
    (await asSystem(database(), (session) => session.query('select * from spreadsheet_writers'))).rows;

  spreadsheetWritersContract('postgresSpreadsheetWriters', async () => {
    const [first, ...more] = pools.map(replicaOn);
    if (first === undefined) throw new Error('no replica');
    return { replicas: [first, ...more], pass: (work) => work };
  });

  it('grant no replica two turns in a row while others keep waiting', async () => {
    const turns: number[] = [];
    const asked = new Map(pools.map((pool) => [pool, 0]));
    for (const pool of pools) pool.on('acquire', () => asked.set(pool, (asked.get(pool) ?? 0) + 1));
    const everyOtherAsks = (holder: ReturnType<typeof openPool>): Promise<boolean> => {
      const before = new Map(asked);
      const hasAsked = (pool: ReturnType<typeof openPool>): boolean =>
        pool === holder || (asked.get(pool) ?? 0) > (before.get(pool) ?? 0);
      return until(async () => pools.every(hasAsked), Boolean);
    };
    const visitor = async (pool: ReturnType<typeof openPool>, replica: number): Promise<void> => {
      const writers = replicaOn(pool);
      while (turns.length < 60) {
        const turn = await writers.hold('busy-sheet', 60_000, 60_000);
        if (turn === 'busy') throw new Error('busy');
        turns.push(replica);
        if (turns.length < 60) await everyOtherAsks(pool);
        await turn.release();
      }
    };
    await Promise.all(pools.map(visitor));
    const inARow = turns.slice(4, 60).filter((replica, i, all) => replica === all[i - 1]);
    expect(inARow.length, turns.join('')).to.be.below(6);
    expect(new Set(turns.slice(4, 60)).size).to.equal(REPLICAS);
  });

  it('store no name of a spreadsheet, and forget spreadsheets that nobody asked for', async () => {
    // On a slow machine those of the previous tests have been idle for a minute by now.
    await removeIdleWriters(database(), Date.now() + 60_000);
    const writers = replicaOn(database().pool);
    const turn = await writers.hold('a-secret-name', 60_000, 0);
    expect(JSON.stringify(await rows())).to.not.include('a-secret-name');
    if (turn !== 'busy') await turn.release();
    expect(await removeIdleWriters(database(), Date.now() - 60_000)).to.equal(0);
    await removeIdleWriters(database(), Date.now() + 60_000);
    expect(await rows()).to.deep.equal([]);
  });

  it('keep a ragged edge for another thirty days', async () => {
    const turn = await replicaOn(database().pool).hold('ragged', 60_000, 0);
    if (turn === 'busy') throw new Error('busy');
    turn.leavesRaggedEdge();
    await turn.release();
    const days = (count: number): number => Date.now() + count * 86_400_000;
    await removeIdleWriters(database(), days(29));
    expect(await rows()).to.have.length(1);
    await removeIdleWriters(database(), days(31));
    expect(await rows()).to.deep.equal([]);
  });

  it('report how much of a turn had passed when it was granted', async () => {
    const pool = openPool({ connectionString: url(), max: 1 }, () => undefined);
    const busy = await pool.connect();
    const asked = systemClock.monotonic();
    const granted = replicaOn(pool).hold('slow', 60_000, 0);
    await until(
      async () => pool.waitingCount,
      (waiting) => waiting === 1,
    );
    await systemSleep(20);
    const waited = systemClock.monotonic() - asked;
    busy.release();
    const turn = await granted;
    if (turn === 'busy') throw new Error('busy');
    expect(turn.ageMs).to.be.at.least(Math.floor(waited));
    await turn.release();
    await pool.end();
  });

  it('return a turn whose grant was lost with its connection', async () => {
    const { pool } = database();
    const failure = await replicaOn(cutAfterCommit(pool))
      .hold('cut', 60_000, 0)
      .catch((error: unknown) => error);
    expect(String(failure)).to.contain('Connection terminated');
    const next = await replicaOn(pool).hold('cut', 60_000, 0);
    if (next === 'busy') throw new Error('busy');
    await next.release();
  });

  describe('whose database is unavailable after one has left rows that begin with empty cells', () => {
    /** A pool that is unavailable from `leave` on, for this many attempts. */
    const leaving = (pool: Pool) => {
      let away = 0;
      const connect = (): Promise<unknown> => {
        if (away <= 0) return pool.connect();
        away -= 1;
        return Promise.reject(new DatabaseAway('timeout'));
      };
      const leave = (tries: number): void => void (away = tries);
      return { pool: Object.assign(Object.create(pool) as typeof pool, { connect }), leave };
    };

    for (const leaves of ['raggedEdge', 'raggedCells'] as const)
      it(`report them to the next holder all the same: ${leaves}`, async () => {
        const { pool, leave } = leaving(database().pool);
        const turn = await replicaOn(pool).hold(`away-${leaves}`, 60_000, 0);
        if (turn === 'busy') throw new Error('busy');
        if (leaves === 'raggedEdge') turn.leavesRaggedEdge();
        else turn.leavesRaggedCells();
        leave(3);
        await turn.release();
        const next = await replicaOn(database().pool).hold(`away-${leaves}`, 60_000, 0);
        if (next === 'busy') throw new Error('busy');
        expect(next[leaves]).to.be.a('string');
        await next.release();
        expect(failures).to.deep.equal([]);
      });

    it('report them once, where they were reported and another holder has left such rows since', async () => {
      const { pool } = database();
      const held = async (writers: ReturnType<typeof replicaOn>) => {
        const turn = await writers.hold('told-once', 60_000, 0);
        if (turn === 'busy') throw new Error('busy');
        return turn;
      };
      const seen: (string | undefined)[] = [];
      const ofAnother = async (): Promise<PoolClient> => {
        const other = await held(replicaOn(pool));
        seen.push(other.raggedEdge);
        other.leavesRaggedEdge();
        await other.release();
        return pool.connect();
      };
      const ways = [() => pool.connect(), () => cutAfterCommit(pool).connect(), ofAnother];
      const connect = () => ways.shift()?.();
      const turn = await held(replicaOn(Object.assign(Object.create(pool) as typeof pool, { connect })));
      turn.leavesRaggedEdge();
      await turn.release();
      const next = await held(replicaOn(pool));
      await next.release();
      expect([...seen, next.raggedEdge].map((edge) => typeof edge)).to.deep.equal(['string', 'string']);
      expect(next.raggedEdge).to.not.equal(seen[0]);
    });

    it('wait for the database only as long as nobody else gets the turn, and report that', async () => {
      const { pool, leave } = leaving(database().pool);
      const turn = await replicaOn(pool).hold('away-for-long', 300, 0);
      if (turn === 'busy') throw new Error('busy');
      turn.leavesRaggedEdge();
      leave(Number.POSITIVE_INFINITY);
      await turn.release();
      expect(failures).to.have.length(1);
    });
  });

  it('release what is held when the database is gone, and report that', async () => {
    const pool = openPool({ connectionString: url(), max: 1 }, () => undefined);
    const writers = replicaOn(pool);
    const turn = await writers.hold('left-behind', 50, 0);
    await pool.end();
    if (turn !== 'busy') await turn.release();
    expect(failures).to.have.length(1);
    const failed = await writers.hold('left-behind', 50, 0).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Error);
    const next = await replicaOn(database().pool).hold('left-behind', 50, 60_000);
    if (next === 'busy') throw new Error('busy');
    await next.release();
  });
});
