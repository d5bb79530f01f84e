import { expect } from 'chai';
import { openDatabase, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { unlessElsewhere } from '../../../src/infrastructure/postgres/connection/job-lock.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres-server.ts';
import { until } from '../../support/until.ts';

describe('A job that runs in several processes', () => {
  let fresh: FreshDatabase;
  let [one, other]: Database[] = [];
  before(async () => {
    fresh = await freshDatabase();
    [one, other] = await Promise.all(
      [1, 2].map(() => openDatabase({ url: fresh.url, migrate: false, poolSize: 2 })),
    );
  });
  after(async () => {
    await Promise.all([one?.close(), other?.close()]);
    await fresh.drop();
  });

  /** Starts a job that works until it is told to finish. */
  const jobIn = (database: Database, silentMs: number) => {
    const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const work = (): Promise<void> => {
      begun.resolve();
      return finish.promise;
    };
    const working = unlessElsewhere(database, 'spool-drain', work, silentMs);
    return { working, begun: begun.promise, finish: () => finish.resolve() };
  };

  it('runs in one of them at a time, with other jobs beside it', async () => {
    if (one === undefined || other === undefined) throw new Error('no database');
    const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = unlessElsewhere(one, 'health-probes', () => {
      begun.resolve();
      return finish.promise;
    });
    await begun.promise;
    const log: string[] = [];
    const note = (what: string) => async () => void log.push(what);
    expect(await unlessElsewhere(other, 'health-probes', note('probed twice'))).to.equal(false);
    expect(await unlessElsewhere(other, 'cache-cleaning', note('cleaned'))).to.equal(true);
    finish.resolve();
    expect(await first).to.equal(true);
    expect(await unlessElsewhere(other, 'health-probes', note('probed'))).to.equal(true);
    expect(log).to.deep.equal(['cleaned', 'probed']);
  });

  it('can be taken by others soon after its machine was cut off without the database noticing', async () => {
    if (other === undefined) throw new Error('no database');
    const url = new URL(fresh.url);
    const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    const cutOff = await openDatabase({ url: url.href, migrate: false, poolSize: 2 });
    const { working, begun, finish } = jobIn(cutOff, 1_000);
    try {
      await begun;
      proxy.hang();
      const { pool } = other;
      await until(
        () => unlessElsewhere({ pool }, 'spool-drain', async () => undefined),
        (isMine) => isMine,
      );
    } finally {
      proxy.pass();
      finish();
      await working;
      await cutOff.close();
      await proxy.close();
    }
  });

  it('renews its lock for as long as its work takes', async () => {
    if (one === undefined || other === undefined) throw new Error('no database');
    const { working, begun, finish } = jobIn(one, 4_000);
    await begun;
    const { pool } = other;
    const lastSign = async (): Promise<number> => {
      const { rows } = await pool.query<{ at: number }>(
        `select extract(epoch from max(state_change))::float8 as at from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction'`,
      );
      return rows[0]?.at ?? 0;
    };
    try {
      const first = await lastSign();
      await until(lastSign, (at) => at > first);
    } finally {
      finish();
      expect(await working).to.equal(true);
    }
  });

  it('leaves connections for its work, however many jobs start at the same time', async () => {
    if (one === undefined) throw new Error('no database');
    const { pool } = one;
    const asking = (job: Parameters<typeof unlessElsewhere>[1]) =>
      unlessElsewhere({ pool }, job, () => pool.query('select'));
    const all = [
      'health-probes',
      'cache-cleaning',
      'spool-drain',
      'held-deliveries',
      'webhook-retention',
    ] as const;
    expect(await Promise.all(all.map(asking))).to.deep.equal([true, true, true, true, true]);
  });

  it('lets the next one begin after a run that failed', async () => {
    if (one === undefined) throw new Error('no database');
    const { pool } = one;
    const failing = unlessElsewhere({ pool }, 'health-probes', () => Promise.reject(new Error('no')));
    const next = unlessElsewhere({ pool }, 'cache-cleaning', () => pool.query('select'));
    expect(await failing.catch((error: Error) => error.message)).to.equal('no');
    expect(await next).to.equal(true);
  });

  it('can be taken again after a run that failed', async () => {
    if (one === undefined || other === undefined) throw new Error('no database');
    const failed = await unlessElsewhere(one, 'health-probes', () => Promise.reject(new Error('no'))).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.equal('no');
    expect(await unlessElsewhere(other, 'health-probes', async () => undefined)).to.equal(true);
  });
});
