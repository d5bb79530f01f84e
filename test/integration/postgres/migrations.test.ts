import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { openDatabase } from '../../../src/infrastructure/postgres/database.ts';
import { pendingMigrations } from '../../../src/infrastructure/postgres/migrations.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres-server.ts';

const known = readdirSync('migrations')
  .toSorted()
  .map((file) => file.replace(/\.ts$/, ''));

describe('migrations', () => {
  let fresh: FreshDatabase;
  beforeEach(async () => void (fresh = await freshDatabase()));
  afterEach(() => fresh.drop());

  const open = (migrate = true) => openDatabase({ url: fresh.url, migrate, poolSize: 2 });

  it('run exactly once when four replicas start at the same time', async () => {
    const replicas = await Promise.all([open(), open(), open(), open()]);
    try {
      const { rows } = await replicas[0].pool.query(
        'select name, count(*)::int as times from mikro_orm_migrations group by name order by name',
      );
      expect(rows).to.deep.equal(known.map((name) => ({ name, times: 1 })));
      for (const replica of replicas) expect(await pendingMigrations(replica.pool)).to.deep.equal([]);
    } finally {
      await Promise.all(replicas.map((replica) => replica.close()));
    }
  });

  it('leave no lock and no connection of their own behind', async () => {
    const database = await open();
    try {
      const locks = await database.pool.query("select 1 from pg_locks where locktype = 'advisory'");
      expect(locks.rowCount).to.equal(0);
      const others = await database.pool.query(
        'select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      expect(others.rowCount).to.equal(0);
    } finally {
      await database.close();
    }
  });

  it('are found whatever folder the process was started in', async () => {
    const here = process.cwd();
    process.chdir('/');
    try {
      const database = await open();
      const { rows } = await database.pool.query(
        "select to_regclass('external_services') is not null as made",
      );
      expect(rows).to.deep.equal([{ made: true }]);
      await database.close();
    } finally {
      process.chdir(here);
    }
  });

  it('do nothing on a second start', async () => {
    await (await open()).close();
    const database = await open();
    try {
      const { rowCount } = await database.pool.query('select 1 from mikro_orm_migrations');
      expect(rowCount).to.equal(known.length);
    } finally {
      await database.close();
    }
  });

  it('are left alone when they are not asked for', async () => {
    const database = await open(false);
    try {
      expect(await pendingMigrations(database.pool)).to.deep.equal(known);
    } finally {
      await database.close();
    }
  });

  it('that fail leave nothing half done, and the next start succeeds', async () => {
    const blocked = await open(false);
    await blocked.pool.query('create table webhook_configs (in_the_way int)');
    const failure = await open().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).to.match(/webhook_configs.*already exists/);
    const { rows } = await blocked.pool.query("select to_regclass('external_services') as made");
    expect(rows).to.deep.equal([{ made: null }]);
    await blocked.pool.query('drop table webhook_configs');
    await blocked.close();
    await (await open()).close();
  });
});
