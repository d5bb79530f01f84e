import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { openDatabase } from '../../../src/infrastructure/postgres/database.ts';
import { ensureAllPartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { migrationState } from '../../../src/infrastructure/postgres/connection/migrations.ts';
import { systemClock } from '../../../src/infrastructure/system/system-clock.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres-server.ts';
import { until } from '../../support/until.ts';

const known = readdirSync('migrations')
  .toSorted()
  .map((file) => file.replace(/\.ts$/, ''));

const operations = readFileSync('docs/operations.md', 'utf8');

/** Indexes that docs/operations.md says how to create before an upgrade, each by a single statement. */
const madeBefore = [
  { index: 'ix_webhook_dedupe_other_bodies', migration: 'other-bodies-in-order' },
  { index: 'ix_integration_cache_service', migration: 'cached-by-service' },
  { index: 'ix_idempotency_keys_doubts', migration: 'marks-in-doubt' },
];

describe('migrations', () => {
  let fresh: FreshDatabase;
  beforeEach(async () => void (fresh = await freshDatabase()));
  afterEach(() => fresh.drop());

  const open = (migrate = true) => openDatabase({ url: fresh.url, migrate, poolSize: 2 });

  it('run exactly once when four replicas start at the same time', async () => {
    const replicas = await Promise.all([open(), open(), open(), open()]);
    try {
      const { rows } = await replicas[0].pool.query(
        'select name, count(*)::int as times from mikro_orm_migrations group by name order by min(id)',
      );
      // In the order of their full names: two of them have the same timestamp.
      expect(rows).to.deep.equal(known.map((name) => ({ name, times: 1 })));
      for (const replica of replicas) expect((await migrationState(replica.pool)).pending).to.deep.equal([]);
    } finally {
      await Promise.all(replicas.map((replica) => replica.close()));
    }
  });

  it('are not begun in a database whose encoding cannot store every character', async () => {
    const { pathname: name } = new URL(fresh.url);
    const database = await open(false);
    const latin = new URL(fresh.url);
    latin.pathname = `${name}_latin`;
    await database.pool.query(
      `create database ${latin.pathname.slice(1)} template template0 encoding 'LATIN1' locale 'C'`,
    );
    try {
      const refused = openDatabase({ url: latin.href, migrate: true, poolSize: 1 });
      expect(await refused.catch((error: Error) => error.message)).to.contain('the encoding LATIN1');
    } finally {
      await database.pool.query(`drop database ${latin.pathname.slice(1)}`);
      await database.close();
    }
  });

  it('are not run, at any start, where dates have a format that nobody here can read', async () => {
    const database = await open();
    const { pathname } = new URL(fresh.url);
    await database.pool.query(`alter database ${pathname.slice(1)} set datestyle = 'German'`);
    await database.close();
    expect(await open().catch((error: Error) => error.message)).to.contain('the style German, DMY');
  });

  it('are not run, at any start, where concurrent transactions are aborted (isolation level)', async () => {
    const database = await open();
    const { pathname } = new URL(fresh.url);
    await database.pool.query(
      `alter database ${pathname.slice(1)} set default_transaction_isolation = 'serializable'`,
    );
    await database.close();
    expect(await open().catch((error: Error) => error.message)).to.contain('transactions as serializable');
  });

  it('are not run, at any start, where the login turns queries under row-level security into errors', async () => {
    const database = await open();
    const { pathname } = new URL(fresh.url);
    await database.pool.query(`alter database ${pathname.slice(1)} set row_security = off`);
    await database.close();
    expect(await open().catch((error: Error) => error.message)).to.contain('set row_security = on');
  });

  it("are not run, at any start, where the login's search path begins with another schema", async () => {
    const database = await open();
    await database.pool.query(`create schema ours;
      alter database ${new URL(fresh.url).pathname.slice(1)} set search_path = ours, public`);
    await database.close();
    expect(await open().catch((error: Error) => error.message)).to.contain('in the schema ours');
  });

  it('grant the needed privileges where the database grants nothing to PUBLIC', async () => {
    const database = await open(false);
    await database.pool.query('alter default privileges revoke execute on functions from public');
    await database.close();
    const migrated = await open();
    try {
      for (const role of ['integration_app', 'integration_system'])
        await migrated.pool.query(
          `begin; set local role ${role}; select count(app_tenant()), installation_id() from integration_logs; rollback`,
        );
    } finally {
      await migrated.close();
    }
  });

  it('may take their time, whatever statement timeout the database sets', async () => {
    const old = await open();
    const blocking = await old.pool.connect();
    try {
      await old.pool.query('alter table command_receipts drop column claims');
      await old.pool.query(`delete from mikro_orm_migrations where name like '%-claims-counted'`);
      await old.pool.query(
        `alter database ${new URL(fresh.url).pathname.slice(1)} set statement_timeout = '150ms'`,
      );
      await blocking.query('begin; lock table command_receipts in access share mode');
      const migrating = open();
      const isLate = `select 1 from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and clock_timestamp() - query_start > '300ms'`;
      await Promise.race([
        migrating,
        until(
          async () => (await old.pool.query(isLate)).rowCount,
          (count) => count === 1,
        ),
      ]);
      await blocking.query('commit');
      const migrated = await migrating;
      expect((await migrationState(migrated.pool)).pending).to.deep.equal([]);
      await migrated.close();
    } finally {
      blocking.release(true);
      await old.close();
    }
  });

  it('leave no lock or connection of their own behind', async () => {
    const database = await open();
    try {
      // The server closes its end of a connection a moment after the client.
      const left = (text: string) => async () => (await database.pool.query(text)).rowCount;
      const none = (count: number | null): boolean => count === 0;
      await until(left("select 1 from pg_locks where locktype = 'advisory'"), none);
      const others =
        'select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
      await until(left(others), none);
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

  it('of a newer program are named in a warning, and the start continues', async () => {
    const database = await open();
    const newer = 'Migration29990101000000_unheard_of';
    await database.pool.query('insert into mikro_orm_migrations (name) values ($1)', [newer]);
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message) };
    const again = await openDatabase({ url: fresh.url, migrate: true, poolSize: 1, logger });
    try {
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain('newer than this program').and.to.contain(newer);
      expect(await migrationState(again.pool)).to.deep.equal({ pending: [], unknown: [newer] });
    } finally {
      await Promise.all([database.close(), again.close()]);
    }
  });

  it('are not run when that is switched off', async () => {
    const database = await open(false);
    try {
      expect((await migrationState(database.pool)).pending).to.deep.equal(known);
    } finally {
      await database.close();
    }
  });

  it('adopt the indexes that were created in advance as the operations page says', async () => {
    const database = await open();
    const { pool } = database;
    const listed = async (text: string): Promise<readonly unknown[]> =>
      (await pool.query<{ one: unknown }>(text)).rows.map(({ one }) => one);
    try {
      await ensureAllPartitions({ database, clock: systemClock });
      await pool.query('drop index ix_webhook_deliveries_tenant, ix_webhook_deliveries_held');
      await pool.query(`delete from mikro_orm_migrations where name like '%-waiting-deliveries'`);
      const [, perDay = ''] = /```sql\n(select format[^`]+)\\gexec\n```/.exec(operations) ?? [];
      for (const statement of await listed(`select format as one from (${perDay}) as each_day`))
        await pool.query(String(statement));
      const made = await listed(
        `select oid as one from pg_class where relname ~ '^ix_(tenant|held)_' order by 1`,
      );
      const days = await listed(
        `select inhrelid as one from pg_inherits where inhparent = 'webhook_deliveries'::regclass`,
      );
      expect([days.length > 4, made.length]).to.deep.equal([true, 2 * days.length]);
      await (await open()).close();
      expect(
        await listed(`select inhrelid as one from pg_inherits where inhparent in
          ('ix_webhook_deliveries_tenant'::regclass, 'ix_webhook_deliveries_held'::regclass) order by 1`),
      ).to.deep.equal(made);
      expect(await listed('select indexrelid as one from pg_index where not indisvalid')).to.deep.equal([]);
    } finally {
      await database.close();
    }
  });

  for (const { index, migration } of madeBefore)
    it(`also adopt ${index}`, async () => {
      const database = await open();
      const { pool } = database;
      const made = async () => (await pool.query(`select oid from pg_class where relname = '${index}'`)).rows;
      try {
        await pool.query(`drop index ${index}`);
        await pool.query('delete from mikro_orm_migrations where name like $1', [`%-${migration}`]);
        const [statement = ''] =
          new RegExp(`create index concurrently if not exists ${index}[^\`]+`).exec(operations) ?? [];
        await pool.query(statement);
        const before = await made();
        await (await open()).close();
        expect(before).to.have.length(1);
        expect(await made()).to.deep.equal(before);
      } finally {
        await database.close();
      }
    });

  it('do not block requests on their tables while a dump reads these, and run when it is over', async () => {
    const [old, dumping] = await Promise.all([open(), open(false)]);
    const dump = await dumping.pool.connect();
    try {
      await old.pool.query('alter table command_receipts drop column claims');
      await old.pool.query(`delete from mikro_orm_migrations where name like '%-claims-counted'`);
      await dump.query('begin; lock table command_receipts in access share mode');
      const warnings: string[] = [];
      const logger = { warn: (message: string) => void warnings.push(message) };
      const migrating = openDatabase({ url: fresh.url, migrate: true, poolSize: 2, logger });
      const isWaiting = `select 1 from pg_locks where not granted and relation = 'command_receipts'::regclass`;
      await until(
        async () => (await dump.query(isWaiting)).rowCount,
        (count) => count === 1,
      );
      await old.pool.query(
        `begin; set local statement_timeout = '10s'; select from command_receipts; commit`,
      );
      await dump.query('commit');
      const migrated = await migrating;
      expect((await migrationState(migrated.pool)).pending).to.deep.equal([]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain('another session keeps locked');
      await migrated.close();
    } finally {
      dump.release(true);
      await Promise.all([old.close(), dumping.close()]);
    }
  });

  it('are named as they begin, and a replica that waits for another reports it once', async () => {
    const [old, others] = await Promise.all([open(), open(false)]);
    const other = await others.pool.connect();
    try {
      await old.pool.query(`delete from mikro_orm_migrations where name like '%-set-aside-listed'`);
      // The advisory lock that a migrating replica holds.
      await other.query(`begin; select pg_advisory_xact_lock(${0x69_6e_74_67_72})`);
      const lines: string[] = [];
      const note = (message: string) => void lines.push(message);
      const starting = openDatabase({
        url: fresh.url,
        migrate: true,
        poolSize: 2,
        logger: { warn: note, info: note },
      });
      await until(
        async () => lines.length,
        (count) => count === 1,
      );
      expect(lines[0]).to.contain('another replica');
      await other.query('commit');
      await (await starting).close();
      expect(lines.slice(1)).to.deep.equal(['migrations begin: 20261201000000-set-aside-listed']);
    } finally {
      other.release(true);
      await Promise.all([old.close(), others.close()]);
    }
  });

  it('start again when they deadlock with another transaction', async () => {
    const [old, others] = await Promise.all([open(), open(false)]);
    const other = await others.pool.connect();
    try {
      await old.pool.query(`delete from mikro_orm_migrations where name > '20261130030000'`);
      await old.pool.query('drop index ix_webhook_dedupe_other_bodies');
      // The others check for deadlocks later, so that the migration detects it.
      await other.query(`begin; set local deadlock_timeout = '1min'; delete from webhook_rejections`);
      const migrating = open();
      const isWaiting = `select from pg_locks where not granted and relation = 'webhook_rejections_default'::regclass`;
      await until(
        async () => (await old.pool.query(isWaiting)).rowCount,
        (count) => count === 1,
      );
      const deleting = other.query('delete from webhook_dedupe').then(() => other.query('commit'));
      const [migrated] = await Promise.all([migrating, deleting]);
      expect((await migrationState(migrated.pool)).pending).to.deep.equal([]);
      await migrated.close();
    } finally {
      other.release(true);
      await Promise.all([old.close(), others.close()]);
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
