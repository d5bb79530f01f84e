import { expect } from 'chai';
import { Client, type Pool, type QueryConfig } from 'pg';
import type { Clock } from '../../../src/domain/shared/clock.ts';
import { openDatabase, poolConfig, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { dropOldPartitions } from '../../../src/infrastructure/postgres/partitions/drop-old-partitions.ts';
import { ensurePartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { alone } from '../../../src/infrastructure/postgres/partitions/partition-session.ts';
import { openPool } from '../../../src/infrastructure/postgres/connection/open-pool.ts';
import { PostgresCallJournal } from '../../../src/infrastructure/postgres/trail/postgres-call-journal.ts';
import { asSystem, queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemClock } from '../../../src/infrastructure/system/system-clock.ts';
import { aRecordedCall } from '../../support/a-recorded-call.ts';
import { anId } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { freshDatabase } from '../../support/postgres-server.ts';
import { migratedDatabase } from './postgres-fixture.ts';
import { whileAttaching } from './while-attaching.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const NOW = utc('2026-11-22T23:59:59.999');
const DAYS = ['20261122', '20261123', '20261124', '20261125'].map((day) => `integration_logs_${day}`);

describe('partitions of the trail', () => {
  const { database, url } = migratedDatabase(5);
  beforeEach(async () => {
    const { rows } = await database().pool.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits
       where inhparent = 'integration_logs'::regclass and inhrelid <> 'integration_logs_default'::regclass`,
    );
    for (const { name } of rows) await database().pool.query(`drop table ${name}`);
    await database().pool.query('truncate integration_logs');
  });

  const journal = (clock: Clock = systemClock) =>
    new PostgresCallJournal({ pool: database().pool, clock, onCommitted: () => undefined });
  const append = (times: readonly number[], first = 1) => {
    const trail = journal();
    return Promise.all(times.map((startedAt, n) => trail.append(aRecordedCall(first + n, { startedAt }))));
  };
  const ensure = (now = NOW) => ensurePartitions({ database: database(), clock: fixedClock(now) });
  const dropOld = (now: number, days: number) =>
    dropOldPartitions({ database: database(), clock: fixedClock(now) }, days);
  /** The ids of the calls by the partition that holds them. */
  const placed = async (): Promise<Record<string, string[]>> => {
    const { rows } = await queryAsSystem<{ name: string; ids: string[] }>(
      database(),
      'select tableoid::regclass::text as name, array_agg(id::text order by id) as ids from integration_logs group by 1',
      [],
    );
    return Object.fromEntries(rows.map(({ name, ids }) => [name, ids]));
  };

  it('are created although scanning the default one takes longer than an answer may take', async () => {
    const pool = openPool({ ...poolConfig(url()), query_timeout: 1_000 }, () => undefined);
    // Stands for more rows than a test could write.
    await database().pool.query(`
      create function take_long() returns event_trigger language plpgsql as $$
        begin if current_query() like '%attach partition%' then perform pg_sleep(1.5); end if; end $$;
      create event trigger looks_through on ddl_command_end execute function take_long()`);
    try {
      const day = { now: () => NOW };
      expect(await ensurePartitions({ database: { pool }, clock: day })).to.deep.equal({
        created: DAYS,
        leftInDefault: [],
      });
    } finally {
      await database().pool.query('drop event trigger looks_through; drop function take_long()');
      await pool.end();
    }
  });

  it('are created for today and three days ahead, once, and a call is stored in that of its day', async () => {
    expect(await ensure()).to.deep.equal({ created: DAYS, leftInDefault: [] });
    expect(await ensure()).to.deep.equal({ created: [], leftInDefault: [] });
    await append([
      utc('2026-11-22T00:00:00'),
      NOW,
      NOW + 1,
      utc('2026-11-25T23:59:59.999'),
      utc('2026-11-26T00:00:00'),
    ]);
    expect(await placed()).to.deep.equal({
      integration_logs_20261122: [anId(1), anId(2)],
      integration_logs_20261123: [anId(3)],
      integration_logs_20261125: [anId(4)],
      integration_logs_default: [anId(5)],
    });
  });

  it('are recognised by their days where a backslash in a text has a different meaning', async () => {
    await ensure();
    const name = new URL(url()).pathname.slice(1);
    await database().pool.query(`alter database ${name} set standard_conforming_strings = off`);
    const other = await openDatabase({ url: url(), migrate: false, poolSize: 1 });
    try {
      const tomorrow = { database: other, clock: fixedClock(NOW + 1) };
      expect((await ensurePartitions(tomorrow)).created).to.deep.equal(['integration_logs_20261126']);
      expect((await dropOldPartitions(tomorrow, 0)).dropped).to.deep.equal(['integration_logs_20261122']);
    } finally {
      await database().pool.query(`alter database ${name} reset standard_conforming_strings`);
      await other.close();
    }
  });

  it('are created while the trail is in use', async () => {
    const trail = journal();
    await trail.append(aRecordedCall(1, { startedAt: NOW - 30 * 86_400_000 }));
    const calls = Array.from({ length: 500 }, (_, n) =>
      trail.append(aRecordedCall(n + 2, { startedAt: NOW - 40 * 86_400_000 })),
    );
    const [{ created }] = await Promise.all([ensure(), ...calls]);
    expect(created).to.deep.equal(DAYS);
    await trail.append(aRecordedCall(900, { startedAt: NOW }));
    expect((await placed())['integration_logs_20261122']).to.deep.equal([anId(900)]);
  });

  it('take over the calls of their day that were stored before them', async () => {
    await append([NOW - 5, NOW, NOW + 1, NOW - 10 * 86_400_000]);
    expect((await ensure()).created).to.deep.equal(DAYS);
    expect(await placed()).to.deep.equal({
      integration_logs_20261122: [anId(1), anId(2)],
      integration_logs_20261123: [anId(3)],
      integration_logs_default: [anId(4)],
    });
  });

  it('take over a call that is stored after the search for such calls', async () => {
    const trail = journal();
    const late = aRecordedCall(1, { startedAt: NOW });
    let appended: Promise<unknown> | undefined;
    const pool = beforeQueries(database().pool, (text) =>
      text.startsWith('create table') ? (appended ??= trail.append(late)) : undefined,
    );
    const made = await ensurePartitions({ database: { pool }, clock: fixedClock(NOW) });
    expect(made).to.deep.equal({ created: DAYS, leftInDefault: [] });
    expect(await placed()).to.deep.equal({ integration_logs_20261122: [anId(1)] });
  });

  it('take a call that was about to be stored in the default one', async () => {
    // By its own clock it never waits too long for the partition: this test may be stalled meanwhile.
    const trail = journal(fixedClock());
    const call = aRecordedCall(1, { startedAt: utc('2026-11-26T12:00:00') });
    await whileAttaching(database().pool, 'integration_logs', async () => {
      await trail.append(call);
      expect(await placed()).to.deep.equal({ integration_logs_of_the_day: [anId(1)] });
    });
  });

  it('leave a day in the default partition when it has too many calls there to move', async () => {
    const calls = (count: number) =>
      asSystem(database(), (session) =>
        session.query(
          `insert into integration_logs (id, management_company_id, actor_id, request_id, service_name, operation,
             started_at, completed_at, duration_ms, status, cache_status)
           select gen_random_uuid(), 'uk_company_1', 'a', 'r', 's', 'geocode', $1, $1, 0, 'success', 'miss'
           from generate_series(1, $2)`,
          [new Date(NOW), count],
        ),
      );
    // In parts: each statement has 15 s, and a busy machine needs longer for all of them.
    for (let part = 0; part < 5; part += 1) await calls(20_000);
    await calls(1);
    expect(await ensure()).to.deep.equal({ created: DAYS.slice(1), leftInDefault: DAYS.slice(0, 1) });
  });

  it('are created once when replicas try at the same time', async () => {
    const made = await Promise.all([ensure(), ensure(), ensure()]);
    expect(made.flatMap(({ created }) => created).toSorted()).to.deep.equal(DAYS);
  });

  it('cannot be queried directly to bypass the policies', async () => {
    await ensure();
    const { rows } = await database().pool.query(
      `select bool_and(relrowsecurity and relforcerowsecurity) as forced from pg_class
       where relispartition and relkind = 'r'`,
    );
    expect(rows).to.deep.equal([{ forced: true }]);
    for (const role of ['integration_app', 'integration_system']) {
      const asked = database().pool.query(`begin; set local role ${role}; select * from ${DAYS[0]}; commit`);
      expect(await asked.catch((error: Error) => error.message)).to.contain('permission denied');
    }
  });

  it('are dropped when they are entirely older than the retention time, with old calls of the default partition', async () => {
    await ensure();
    await append([
      utc('2026-11-22T12:00:00'),
      utc('2026-11-23T12:00:00'),
      utc('2026-11-01T12:00:00'),
      utc('2027-06-01T12:00:00'),
    ]);
    const now = utc('2027-02-21T00:00:00');
    expect(await dropOld(now, 90)).to.deep.equal({
      dropped: ['integration_logs_20261122'],
      inUse: [],
      deletedFromDefault: 1,
    });
    expect(await placed()).to.deep.equal({
      integration_logs_20261123: [anId(2)],
      integration_logs_default: [anId(4)],
    });
    expect((await dropOld(now, 90)).dropped).to.deep.equal([]);
  });

  it('are kept until the next run when they are in use, while calls go on', async () => {
    await ensure();
    const reader = await database().pool.connect();
    await reader.query('begin; select count(*) from integration_logs');
    const now = utc('2027-02-21T00:00:00');
    const [removed] = await Promise.all([dropOld(now, 90), append([NOW, NOW + 1])]);
    expect(removed).to.deep.include({ dropped: [], inUse: ['integration_logs_20261122'] });
    await reader.query('commit');
    reader.release();
    expect((await dropOld(now, 90)).dropped).to.deep.equal(['integration_logs_20261122']);
  });

  it('are waited for once, however many are old, so that a reader of all of them delays callers no longer', async () => {
    await ensure();
    const reader = await database().pool.connect();
    await reader.query('begin; select count(*) from integration_logs');
    const drops: string[] = [];
    const pool = beforeQueries(database().pool, (text) => {
      if (text.startsWith('drop table')) drops.push(text);
    });
    const { dropped, inUse } = await dropOldPartitions({ database: { pool }, clock: fixedClock(NOW) }, -10);
    expect({ dropped, inUse }).to.deep.equal({ dropped: [], inUse: DAYS });
    expect(drops).to.have.length(1);
    await reader.query('commit');
    reader.release();
    expect((await dropOld(NOW, -10)).dropped).to.deep.equal(DAYS);
  });

  it('are not locked for longer than ten seconds by a process that hangs in the middle', async () => {
    const show = 'show idle_in_transaction_session_timeout';
    const { rows } = await alone(database(), (client) => client.query(show));
    expect(rows).to.deep.equal([{ idle_in_transaction_session_timeout: '10s' }]);
  });

  /** A separate login beside the owner, on a database of its own. */
  const withLogin = async (work: (owner: Database, login: string, other: Database) => Promise<void>) => {
    const fresh = await freshDatabase();
    const login = `stranger_${Date.now()}`;
    const owner = await openDatabase({ url: fresh.url, migrate: true, poolSize: 1 });
    const address = new URL(fresh.url);
    [address.username, address.password] = [login, 'secret'];
    try {
      await owner.pool.query(`create role ${login} login password 'secret'`);
      const other = await openDatabase({ url: address.href, migrate: false, poolSize: 1 });
      try {
        await work(owner, login, other);
      } finally {
        await other.close();
      }
    } finally {
      await owner.close();
      await fresh.drop();
      const server = new Client({ connectionString: url() });
      await server.connect();
      await server.query(`drop role if exists ${login}`);
      await server.end();
    }
  };

  it('cannot be created by a login that does not own the trail, which is reported in a sentence', () =>
    withLogin(async (owner, login, stranger) => {
      await owner.pool.query(`grant integration_app, integration_system to ${login}`);
      const refused = ensurePartitions({ database: stranger, clock: fixedClock(NOW) });
      expect(await refused.catch((error: Error) => error.message)).to.contain(
        'does not own integration_logs',
      );
      const trail = new PostgresCallJournal({
        pool: stranger.pool,
        clock: systemClock,
        onCommitted: () => undefined,
      });
      await trail.append(aRecordedCall(1));
    }));

  it('belong to the owner of the trail even when created through another login, so that a successor can drop them', () =>
    withLogin(async (owner, login, second) => {
      await owner.pool.query(`do $$ begin execute format('grant %I to ${login}', current_user); end $$`);
      const { created } = await ensurePartitions({ database: second, clock: fixedClock(NOW) });
      expect(created).to.have.length(4);
      const { rows } = await owner.pool.query(
        `select relname from pg_class where relkind = 'r' and pg_get_userbyid(relowner) = '${login}'`,
      );
      expect(rows).to.deep.equal([]);
    }));
});

/** A pool that calls a function before some of its queries. */
const beforeQueries = (pool: Pool, happen: (text: string) => unknown): Pool => {
  const connect = async () => {
    const client = await pool.connect();
    const query = async (asked: string | QueryConfig, values?: unknown[]) => {
      await happen(typeof asked === 'string' ? asked : asked.text);
      return client.query(asked, values);
    };
    return new Proxy(client, {
      get: (of, name) => {
        const value: unknown = name === 'query' ? query : Reflect.get(of, name);
        return typeof value === 'function' && name !== 'query' ? value.bind(of) : value;
      },
    });
  };
  return new Proxy(pool, {
    get: (of, name) => (name === 'connect' ? connect : Reflect.get(of, name)) as unknown,
  });
};
