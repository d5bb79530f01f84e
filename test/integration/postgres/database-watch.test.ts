import { expect } from 'chai';
import { Client } from 'pg';
import { openDatabase, poolConfig, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { DatabaseAway } from '../../../src/infrastructure/postgres/connection/database-away.ts';
import {
  databaseProbe,
  type DatabaseProbe,
  type ProbeOutcome,
} from '../../../src/infrastructure/postgres/connection/database-probe.ts';
import { DatabaseWatch } from '../../../src/infrastructure/postgres/connection/database-watch.ts';
import { isDependencyLost } from '../../../src/infrastructure/postgres/dependency-lost.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { privatePostgres, type PrivatePostgres } from '../../support/private-postgres.ts';
import { shortestOf } from '../../support/shortest-of.ts';
import { until } from '../../support/until.ts';

/** Milliseconds: less than the probe waits for its answer. */
const STANDSTILL_MS = 250;
const MOST_TIMES = 10;

/**
 * The outcome of the work, and the longest response time in milliseconds of a connection that bypasses the watch
 * meanwhile.
 */
const beside = async <A>(witness: Client, work: () => Promise<A>) => {
  let isOver = false;
  const working = Promise.allSettled([work()]).finally(() => (isOver = true));
  let longest = 0;
  for (let last = performance.now(); !isOver; last = performance.now()) {
    await witness.query('select pg_sleep(0.01)');
    longest = Math.max(longest, performance.now() - last);
  }
  return { ended: (await working)[0], longest };
};

describe('the watch over a database', () => {
  let server: PrivatePostgres;
  let database: Database;
  let watch: DatabaseWatch;
  let changes: string[];
  before(async () => void (server = await privatePostgres()));
  after(() => server.remove());
  beforeEach(async () => {
    changes = [];
    watch = new DatabaseWatch({
      probe: databaseProbe({ config: poolConfig(server.url), sleep: systemSleep }),
      monotonic: systemClock.monotonic,
      sleep: systemSleep,
      random: Math.random,
      onAway: () => changes.push('away'),
      onFurther: () => undefined,
      onBack: () => changes.push('back'),
    });
    database = await openDatabase({ url: server.url, migrate: false, poolSize: 2, watch });
    watch.start();
  });
  afterEach(async () => {
    await watch.stop();
    await database.close();
  });

  const changed = (): Promise<void> => new Promise((resolve) => watch.onChange(resolve));
  const ask = (text = 'select'): Promise<unknown> => database.pool.query(text);
  /** The outcome, and after how many milliseconds. */
  const met = async (work: Promise<unknown>) => {
    const started = performance.now();
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, took: performance.now() - started };
  };

  const aWitness = async (): Promise<Client> => {
    const witness = new Client({ connectionString: server.url, application_name: 'witness' });
    await witness.connect();
    return witness;
  };
  /** The answer of a probe; repeated where the machine stalled the server or the test meanwhile. */
  const heardBy = async (probe: DatabaseProbe): Promise<ProbeOutcome> => {
    const witness = await aWitness();
    try {
      for (let time = 1; ; time += 1) {
        const { ended, longest } = await beside(witness, () => probe.ask());
        if (ended.status === 'rejected') throw ended.reason;
        const { value: heard } = ended;
        if (heard.kind === 'answers' || longest < STANDSTILL_MS || time === MOST_TIMES) return heard;
      }
    } finally {
      await witness.end();
    }
  };

  /**
   * Expects that no loss is reported during the work; repeats it once where the machine stalled the server or the test.
   */
  const expectNoLossBy = async (work: () => Promise<unknown>): Promise<void> => {
    const witness = await aWitness();
    try {
      for (let time = 1; time <= MOST_TIMES; time += 1) {
        const { ended, longest } = await beside(witness, work);
        const told = changes.splice(0);
        if (ended.status === 'fulfilled' && told.length === 0) return;
        expect(longest, `${told.join()} ${JSON.stringify(ended)}`).to.be.at.least(STANDSTILL_MS);
        await until(
          async () => watch.isAway(),
          (isAway) => !isAway,
        );
        changes.length = 0;
      }
      throw new Error(`${MOST_TIMES} standstills`);
    } finally {
      await witness.end();
    }
  };

  it('reports a silent server soon to all that wait, and at once to those that come later', async () => {
    await ask();
    server.freeze();
    const waiting = await Promise.all([1, 2, 3, 4].map(() => met(ask())));
    for (const { error, took } of waiting) {
      expect(isDependencyLost(error), String(error)).to.equal(true);
      // It takes half a second; the rest is allowed for a busy machine. A statement itself would wait for twenty.
      expect(took).to.be.lessThan(5_000);
    }
    expect(watch.isAway()).to.equal(true);
    const late = async (): Promise<number> => {
      const { error, took } = await met(ask());
      expect(error).to.be.instanceOf(DatabaseAway);
      return took;
    };
    expect(await shortestOf(late, 200)).to.be.lessThan(200);
    const back = changed();
    server.thaw();
    await back;
    await ask();
    expect(changes).to.deep.equal(['away', 'back']);
  });

  it('notices a killed server at once and its return by itself, and reports each once', async () => {
    await ask();
    const lost = changed();
    await server.kill();
    await lost;
    expect((await met(ask())).error).to.have.property('code', 'ECONNREFUSED');
    const back = changed();
    await server.start();
    await back;
    await ask();
    expect(changes).to.deep.equal(['away', 'back']);
  });

  it('probes again after a silence, and one probe does not delay another', async () => {
    const probe = databaseProbe({ config: poolConfig(server.url), sleep: systemSleep });
    expect((await heardBy(probe)).kind).to.equal('answers');
    server.freeze();
    for (let n = 0; n < 3; n += 1) expect((await probe.ask()).kind).to.equal('silent');
    server.thaw();
    const outcomes: string[] = [];
    for (let n = 0; n < 20; n += 1) outcomes.push((await heardBy(probe)).kind);
    expect(new Set(outcomes)).to.deep.equal(new Set(['answers']));
    probe.close();
  });

  it('considers a database back whose answers take a tenth of a second each, though connecting takes several of them', async () => {
    const proxy = await startFaultProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    const url = new URL(server.url);
    url.port = String(proxy.port);
    const probe = databaseProbe({ config: poolConfig(url.href), sleep: systemSleep });
    proxy.delay(100, 'to-client');
    expect(await heardBy(probe)).to.deep.equal({ kind: 'answers' });
    proxy.hang();
    expect((await probe.ask()).kind).to.equal('silent');
    proxy.pass();
    proxy.delay(100, 'to-client');
    expect(await heardBy(probe)).to.deep.equal({ kind: 'answers' });
    probe.close();
    await proxy.close();
  });

  it('tolerates a slow statement, even while every connection is busy with one', async () => {
    const slow = () => ask('select pg_sleep(1.2)');
    await expectNoLossBy(() => Promise.all([slow(), slow(), ask()]));
  });

  it('does not take the loss of a single connection for a loss of the database', async () => {
    await expectNoLossBy(async () => {
      // The probe connects meanwhile: if it were cut off too, it would consider the database gone.
      await ask('select pg_sleep(0.5)');
      const { rows } = await database.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
      await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and backend_type = 'client backend' and application_name <> 'witness'`,
      );
      await met(ask(`select pg_terminate_backend(${rows[0]?.pid})`));
      await Promise.all([ask(), ask('select pg_sleep(0.7)')]);
    });
  });
});
