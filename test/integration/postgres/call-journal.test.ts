import { expect } from 'chai';
import { Client } from 'pg';
import type { RecordedCall } from '../../../src/domain/audit/call-record.ts';
import type { Json } from '../../../src/domain/shared/json.ts';
import { openDatabase } from '../../../src/infrastructure/postgres/database.ts';
import { PostgresCallJournal } from '../../../src/infrastructure/postgres/trail/postgres-call-journal.ts';
import { postgresCallLogReader } from '../../../src/infrastructure/postgres/trail/postgres-call-log-reader.ts';
import { queryAsSystem, queryInTenant } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemClock } from '../../../src/infrastructure/system/system-clock.ts';
import { callJournalContract } from '../../contract/call-journal.contract.ts';
import { aCallRecord, aRecordedCall } from '../../support/a-recorded-call.ts';
import { anId, NOON, TENANT } from '../../support/an-external-service.ts';
import { freshDatabase } from '../../support/postgres-server.ts';
import { migratedDatabase } from './postgres-fixture.ts';
import { emptyTrail, faultyPool, storedTrail } from './trail-fixture.ts';

const ids = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => first + n);

describe('PostgresCallJournal', () => {
  const { database, url } = migratedDatabase(4);
  beforeEach(() => emptyTrail(database()));

  const open = (options: { pool?: ReturnType<typeof faultyPool>['pool']; longestQueue?: number } = {}) =>
    new PostgresCallJournal({
      pool: database().pool,
      clock: systemClock,
      onCommitted: () => undefined,
      ...options,
    });
  const outcomeOf = (appended: Promise<void>): Promise<string> =>
    appended.then(
      () => 'stored',
      (error: Error) => error.message,
    );
  const appendAll = (journal: PostgresCallJournal, calls: readonly RecordedCall[]) =>
    Promise.all(calls.map((call) => outcomeOf(journal.append(call))));
  const readBack = (n = 1) => postgresCallLogReader(database()).byId(TENANT, anId(n));

  callJournalContract('PostgresCallJournal', async () => {
    const { pool, fail } = faultyPool(database().pool);
    return {
      journal: open({ pool }),
      stored: () => storedTrail(database()),
      lose: async () => fail('unreachable'),
      restore: async () => fail('none'),
    };
  });

  it('keeps every field of a record', async () => {
    const full = aCallRecord();
    const bare = aCallRecord({
      id: anId(2),
      serviceId: undefined,
      endpoint: undefined,
      httpMethod: undefined,
      requestHeaders: undefined,
      requestBody: undefined,
      responseStatusCode: undefined,
      responseBody: undefined,
      errorMessage: undefined,
      cacheKey: undefined,
      retryCount: 0,
      estimatedCost: { micros: 0, currency: 'USD' },
      attempts: [],
    });
    const journal = open();
    await appendAll(
      journal,
      [full, bare].map((record) => ({ record, events: [] })),
    );
    expect(await readBack(1)).to.deep.equal(full);
    expect(await readBack(2)).to.deep.equal(bare);
  });

  it('keeps JSON bodies of every kind, and distinguishes `null` from none', async () => {
    const bodies: readonly Json[] = [
      null,
      false,
      0,
      '',
      'text',
      [],
      {},
      [[{ a: [1.5e-7, 'é', '\u001f\u001e'] }]],
    ];
    const journal = open();
    const outcomes = await appendAll(
      journal,
      bodies.map((requestBody, n) => aRecordedCall(n + 1, { requestBody })),
    );
    expect(new Set(outcomes)).to.deep.equal(new Set(['stored']));
    const read = await Promise.all(bodies.map(async (_, n) => (await readBack(n + 1))?.requestBody ?? null));
    expect(read).to.deep.equal(bodies);
  });

  it('replaces what PostgreSQL cannot store, and loses no call because of it', async () => {
    const journal = open();
    const hostile = 'a\0b\x1ec\x1fd\ud800e';
    const call = aRecordedCall(1, {
      actorId: hostile,
      requestId: hostile,
      errorMessage: `${hostile}\n`,
      cacheKey: hostile,
      requestBody: { [`key ${hostile}`]: hostile, escaped: '\\u0000 \\ud800 \\\\u0000', pair: '😀' },
    });
    expect(await appendAll(journal, [aRecordedCall(2), call, aRecordedCall(3)])).to.deep.equal(
      ids(1, 3).map(() => 'stored'),
    );
    const text = 'a\ufffdb\ufffdc\ufffdd\ufffde';
    const inJson = 'a\ufffdb\x1ec\x1fd\ufffde';
    const read = await readBack();
    expect([read?.actorId, read?.requestId, read?.errorMessage, read?.cacheKey]).to.deep.equal([
      text,
      text,
      `${text}\n`,
      text,
    ]);
    expect(read?.requestBody).to.deep.equal({
      [`key ${inJson}`]: inJson,
      escaped: '\\u0000 \\ud800 \\\\u0000',
      pair: '😀',
    });
  });

  it('refuses only the record that the database refuses, with its events', async () => {
    const bad: ReadonlyMap<number, RecordedCall> = new Map([
      [17, aRecordedCall(17, { id: 'no uuid' })],
      [40, aRecordedCall(40, { durationMs: Number.NaN })],
      [41, aRecordedCall(41, { responseStatusCode: 2 ** 40 })],
      [90, aRecordedCall(90, { id: anId(3), startedAt: NOON + 3 })],
    ]);
    const outcomes = await appendAll(
      open(),
      ids(1, 100).map((n) => bad.get(n) ?? aRecordedCall(n)),
    );
    for (const [index, outcome] of outcomes.entries())
      if (bad.has(index + 1)) expect(outcome).to.match(/^the call trail refused the record: .* \(\w{5}\)$/);
      else expect(outcome).to.equal('stored');
    const good = ids(1, 100).filter((n) => !bad.has(n));
    expect(await storedTrail(database())).to.deep.equal({
      records: good.map(anId),
      events: good.map((n) => anId(1_000_000 + n)),
    });
  });

  it('refuses a record that cannot be serialised at once, and stores the others', async () => {
    const call = aRecordedCall(1);
    const timeless: RecordedCall = {
      ...call,
      events: call.events.map((event) => ({ ...event, time: Number.NaN })),
    };
    expect(await appendAll(open(), [timeless, aRecordedCall(2)])).to.deep.equal([
      'the call trail cannot write the record down',
      'stored',
    ]);
  });

  it('stores a group once when its connection is lost before or after the commit', async () => {
    for (const fault of ['lost-before', 'lost-after'] as const) {
      await emptyTrail(database());
      const { pool, fail } = faultyPool(database().pool);
      fail(fault, 1);
      const outcomes = await appendAll(
        open({ pool }),
        ids(1, 40).map((n) => aRecordedCall(n)),
      );
      expect(new Set(outcomes)).to.deep.equal(new Set(['stored']));
      expect(await storedTrail(database())).to.deep.equal({
        records: ids(1, 40).map(anId),
        events: ids(1_000_001, 40).map(anId),
      });
    }
  });

  it('reports the true outcome of every call while its connections are being killed', async function () {
    this.timeout(60_000);
    const killer = new Client({ connectionString: url() });
    await killer.connect();
    const own = await openDatabase({ url: url(), migrate: false, poolSize: 2 });
    const journal = new PostgresCallJournal({
      pool: own.pool,
      clock: systemClock,
      onCommitted: () => undefined,
    });
    try {
      const outcomes = new Map<string, string>();
      let next = 1;
      let killing = true;
      const caller = async (): Promise<void> => {
        while (killing) {
          const n = next++;
          outcomes.set(anId(n), await outcomeOf(journal.append(aRecordedCall(n))));
        }
      };
      const callers = Array.from({ length: 50 }, caller);
      for (let kill = 0; kill < 40; kill += 1) {
        const before = next;
        await killer.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and query like 'select append_calls%'`,
        );
        // Some calls succeed between two kills; the loop below waits for them, not for time.
        while (next === before) await killer.query('select');
      }
      killing = false;
      await Promise.all(callers);
      const stored = await storedTrail(database());
      const answered = [...outcomes].filter(([, outcome]) => outcome === 'stored').map(([id]) => id);
      expect(stored.records).to.deep.equal(answered.sort());
      expect(stored.events).to.have.members(
        answered.map((id) => anId(1_000_000 + Number.parseInt(id.slice(-12), 16))),
      );
      expect(answered.length).to.be.greaterThan(0);
      expect(await outcomeOf(journal.append(aRecordedCall(next)))).to.equal('stored');
    } finally {
      await journal.close();
      await own.close();
      await killer.end();
    }
  });

  it('limits its queue and makes the others wait, dropping none', async () => {
    const journal = open({ longestQueue: 20 });
    const outcomes = await appendAll(
      journal,
      ids(1, 500).map((n) => aRecordedCall(n)),
    );
    expect(new Set(outcomes)).to.deep.equal(new Set(['stored']));
    expect((await storedTrail(database())).records).to.deep.equal(ids(1, 500).map(anId));
  });

  it('writes concurrent calls in few transactions, and tells the relay of each', async () => {
    let told = 0;
    const journal = new PostgresCallJournal({
      pool: database().pool,
      clock: systemClock,
      onCommitted: () => void (told += 1),
    });
    await appendAll(
      journal,
      ids(1, 512).map((n) => aRecordedCall(n)),
    );
    const { rows } = await queryAsSystem<{ groups: number }>(
      database(),
      'select count(distinct xmin::text)::int as groups from integration_logs',
      [],
    );
    expect(rows[0]?.groups).to.equal(2);
    expect(told).to.equal(2);
  });

  it("writes through a function that a tenant's application role cannot call", async () => {
    const call = queryInTenant(database(), TENANT, 'select append_calls($1, null)', ['x']);
    expect(await call.catch((error: Error) => error.message)).to.contain('permission denied for function');
  });

  it('works for a login that is not a superuser and owns only its database, and leaves no session state', async () => {
    const fresh = await freshDatabase();
    const admin = new Client({ connectionString: fresh.url });
    await admin.connect();
    const login = `plain_${Date.now()}`;
    const name = new URL(fresh.url).pathname.slice(1);
    const address = new URL(fresh.url);
    [address.username, address.password] = [login, 'secret'];
    try {
      await admin.query(`create role ${login} login createrole password 'secret'`);
      await admin.query(`grant integration_app, integration_system to ${login}`);
      await admin.query(`alter database ${name} owner to ${login}`);
      const plain = await openDatabase({ url: address.href, migrate: true, poolSize: 1 });
      const journal = new PostgresCallJournal({
        pool: plain.pool,
        clock: systemClock,
        onCommitted: () => undefined,
      });
      expect(await appendAll(journal, [aRecordedCall(1), aRecordedCall(2)])).to.deep.equal([
        'stored',
        'stored',
      ]);
      expect((await storedTrail(plain)).records).to.deep.equal([anId(1), anId(2)]);
      const who = await plain.pool.query(`select current_user as name, current_setting('role') as role`);
      expect(who.rows).to.deep.equal([{ name: login, role: 'none' }]);
      const direct = await plain.pool.query('select 1 from integration_logs');
      expect(direct.rowCount).to.equal(0);
      await plain.close();
    } finally {
      await admin.end();
      await fresh.drop();
      const server = new Client({ connectionString: url() });
      await server.connect();
      await server.query(`drop role if exists ${login}`);
      await server.end();
    }
  });
});
