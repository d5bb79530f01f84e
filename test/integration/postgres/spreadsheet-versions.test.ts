import { expect } from 'chai';
import { openPool } from '../../../src/infrastructure/postgres/connection/open-pool.ts';
import {
  postgresSpreadsheetVersions,
  removeOldVersions,
} from '../../../src/infrastructure/postgres/spreadsheet/postgres-spreadsheet-versions.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { spreadsheetVersionsContract } from '../../contract/spreadsheet-versions.contract.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const REPLICAS = 4;

describe('versions of spreadsheets on PostgreSQL', () => {
  const { database, url } = migratedDatabase();
  let pools: ReturnType<typeof openPool>[];
  let isAway = false;
  before(() => {
    const config = { connectionString: url(), max: 2 };
    pools = Array.from({ length: REPLICAS }, () => openPool(config, () => undefined));
  });
  after(() => Promise.all(pools.map((pool) => pool.end())));
  beforeEach(() => void (isAway = false));

  /** For tests that wait for a late answer: longer than a busy machine needs. */
  const patiently: typeof systemSleep = (milliseconds, signal) => systemSleep(20 * milliseconds, signal);
  const versionsOn = (pool: ReturnType<typeof openPool>) =>
    postgresSpreadsheetVersions({ database: { pool }, isAway: () => isAway, sleep: patiently });

  spreadsheetVersionsContract('postgresSpreadsheetVersions', async () => {
    const [first, ...more] = pools.map(versionsOn);
    if (first === undefined) throw new Error('no replica');
    return {
      replicas: [first, ...more],
      pass: (milliseconds) =>
        asSystem(database(), async (session) => {
          await session.query(
            `update spreadsheet_versions set unsettled_until = unsettled_until - $1 * interval '1 millisecond'`,
            [milliseconds],
          );
        }),
    };
  });

  it('are unknown while the database is unavailable', async () => {
    const [pool] = pools;
    if (pool === undefined) throw new Error('no pool');
    isAway = true;
    expect(await versionsOn(pool).current('sheet')).to.equal(undefined);
  });

  it('are unknown, without failing any call, when they cannot be read', async () => {
    const broken = openPool({ connectionString: url(), max: 1 }, () => undefined);
    await broken.end();
    expect(await versionsOn(broken).current('sheet')).to.equal(undefined);
  });

  it('answer a thousand concurrent lookups with a few queries', async () => {
    const [pool] = pools;
    if (pool === undefined) throw new Error('no pool');
    const { counting, asked } = counted(pool);
    const versions = versionsOn(counting);
    const ids = Array.from({ length: 1_000 }, (_, n) => `sheet-${n % 10}`);
    const answers = await Promise.all(ids.map(async (id) => versions.current(id)));
    expect(answers).to.not.include(undefined);
    expect(asked()).to.equal(1);
  });

  it('are changed by a thousand concurrent writes with a few statements, each stored when its write is over', async () => {
    const [pool] = pools;
    if (pool === undefined) throw new Error('no pool');
    const { counting, asked } = counted(pool);
    const versions = versionsOn(counting);
    const ids = Array.from({ length: 10 }, (_, n) => `grouped-${n}`);
    const before = await Promise.all(ids.map(async (id) => versions.current(id)));
    const asBefore = asked();
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        versions.changed(ids[n % 10] ?? '', n === 503 ? 'unclear' : 'done'),
      ),
    );
    expect(asked() - asBefore).to.be.within(1, 2);
    const after = await Promise.all(ids.map(async (id) => versions.current(id)));
    expect(after[3]).to.equal(undefined);
    for (const [n, version] of after.entries()) expect(version).to.not.equal(before[n]);
  });

  it('are changed again after a failed change, which fails the writes that shared it and no others', async () => {
    const [pool] = pools;
    if (pool === undefined) throw new Error('no pool');
    let isBroken = true;
    const flaky = new Proxy(pool, {
      get: (target, name) => {
        if (name === 'connect' && isBroken) return () => Promise.reject(new Error('no connection'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const versions = versionsOn(flaky);
    const failed = await Promise.allSettled([1, 2].map(() => versions.changed('flaky', 'done')));
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    isBroken = false;
    const before = await versions.current('flaky');
    await versions.changed('flaky', 'done');
    expect(await versions.current('flaky')).to.not.equal(before);
  });

  it('are delayed by a hanging change for two seconds and no longer', async () => {
    const [pool] = pools;
    if (pool === undefined) throw new Error('no pool');
    const versions = versionsOn(pool);
    await versions.changed('stuck', 'done');
    const before = await versions.current('free');
    const blocker = await database().pool.connect();
    await blocker.query('begin; select from spreadsheet_versions for update');
    try {
      const asked = systemClock.monotonic();
      const stuck = versions.changed('stuck', 'done').catch(String);
      const others = Promise.resolve().then(() => versions.changed('free', 'done'));
      expect(await stuck).to.contain('statement timeout');
      await others;
      expect(systemClock.monotonic() - asked).to.be.below(8_000);
      expect(await versions.current('free')).to.not.equal(before);
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
  });

  it('are unknown after half a second when the query hangs, and known again with the next', async () => {
    const [pool] = pools;
    if (pool === undefined) throw new Error('no pool');
    const never: typeof systemSleep = () => new Promise(() => undefined);
    const versions = postgresSpreadsheetVersions({ database: { pool }, isAway: () => false, sleep: never });
    const blocker = await database().pool.connect();
    await blocker.query('begin; lock table spreadsheet_versions in access exclusive mode');
    try {
      const asked = systemClock.monotonic();
      expect(await versions.current('sheet')).to.equal(undefined);
      expect(systemClock.monotonic() - asked).to.be.below(8_000);
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    expect(await versions.current('sheet')).to.be.a('string');
  });

  it('never recur, even where a fail-over or a restored backup has lost the last of them', async () => {
    const [pool] = pools;
    if (pool === undefined) throw new Error('no pool');
    const versions = versionsOn(pool);
    const next = async (): Promise<string | undefined> => {
      await versions.changed('lost', 'done');
      return versions.current('lost');
    };
    const kept = await next();
    const seen = [kept, await next()];
    await database().pool.query(`update spreadsheet_versions set version = $1 where version = $2`, seen);
    expect(await versions.current('lost')).to.equal(kept);
    const after = await next();
    expect(seen).to.not.include(after);
    await database().pool.query('delete from spreadsheet_versions where version = $1', [after]);
    expect([...seen, after]).to.not.include(await next());
  });

  it('are removed when nobody has written for long, and are new with the next write', async () => {
    // On a slow machine those of the previous tests were written more than a minute ago.
    await removeOldVersions(database(), Date.now() + 600_000);
    const versions = versionsOn(database().pool);
    const first = await versions.current('idle');
    await versions.changed('idle', 'done');
    const before = await versions.current('idle');
    expect(await removeOldVersions(database(), Date.now() - 60_000)).to.equal(0);
    expect(await versions.current('idle')).to.equal(before);
    await removeOldVersions(database(), Date.now() + 60_000);
    expect(await versions.current('idle')).to.equal(first);
    await versions.changed('idle', 'done');
    expect([first, before]).to.not.include(await versions.current('idle'));
  });

  it('are kept while a write may still be carried out', async () => {
    const versions = versionsOn(database().pool);
    await versions.changed('doubtful', 'unclear');
    await removeOldVersions(database(), Date.now() + 60_000);
    expect(await versions.current('doubtful')).to.equal(undefined);
  });

  it('are removed without waiting for those that are being changed', async () => {
    const versions = versionsOn(database().pool);
    await removeOldVersions(database(), Date.now() + 600_000);
    await versions.changed('written-now', 'done');
    await versions.changed('written-long-ago', 'done');
    const kept = await versions.current('written-now');
    const writer = await database().pool.connect();
    await writer.query(`begin; select from spreadsheet_versions where version = ${kept} for update`);
    expect(await removeOldVersions(database(), Date.now() + 60_000)).to.equal(1);
    await writer.query('rollback');
    writer.release();
    expect(await versions.current('written-now')).to.equal(kept);
  });

  it('are changed from all replicas at once without a deadlock', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `crossed-${n}`);
    await Promise.all(
      pools
        .map(versionsOn)
        .flatMap((versions, replica) =>
          (replica % 2 === 0 ? ids : ids.toReversed()).map((id) => versions.changed(id, 'done')),
        ),
    );
  });
});

const counted = (pool: ReturnType<typeof openPool>) => {
  let asked = 0;
  const counting = new Proxy(pool, {
    get: (target, name) => {
      if (name === 'connect') asked += 1;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { counting, asked: () => asked };
};
