import { expect } from 'chai';
import type { LogFilter } from '../../../src/domain/audit/call-log-reader.ts';
import type { CallRecord } from '../../../src/domain/audit/call-record.ts';
import { decodeCursor } from '../../../src/domain/shared/cursor.ts';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { ensurePartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { PostgresCallJournal } from '../../../src/infrastructure/postgres/trail/postgres-call-journal.ts';
import { postgresCallLogReader } from '../../../src/infrastructure/postgres/trail/postgres-call-log-reader.ts';
import { isDependencyLost } from '../../../src/infrastructure/postgres/dependency-lost.ts';
import { queryInTenant, readInTenant } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemClock } from '../../../src/infrastructure/system/system-clock.ts';
import { anAttempt } from '../../support/a-call-report.ts';
import { aCacheHit, aCallRecord } from '../../support/a-recorded-call.ts';
import { anId, NOON, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { answerOf, failureOf } from '../../support/command-fixture.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { migratedDatabase } from './postgres-fixture.ts';
import { emptyTrail } from './trail-fixture.ts';

const HOUR = 3_600_000;

describe('the reader of the trail', () => {
  const { database } = migratedDatabase(3);
  beforeEach(() => emptyTrail(database()));

  const reader = () => postgresCallLogReader(database());
  const store = async (records: readonly CallRecord[]): Promise<void> => {
    const journal = new PostgresCallJournal({
      pool: database().pool,
      clock: systemClock,
      onCommitted: () => undefined,
    });
    await Promise.all(records.map((record) => journal.append({ record, events: [] })));
    await journal.close();
  };
  const listed = async (filter: LogFilter, tenant = TENANT): Promise<readonly string[]> =>
    (await answerOf(reader().list(tenant, filter, { limit: 200 }))).items.map(({ id }) => id);

  const failure = aCallRecord({
    id: anId(1),
    status: 'error',
    serviceName: 'yandex',
    serviceId: anId(502),
    operation: 'reverse_geocode',
    requestId: 'req-other',
    startedAt: NOON - 2 * HOUR,
    durationMs: 900,
    estimatedCost: { micros: 0, currency: 'USD' },
  });
  const success = aCallRecord({ id: anId(2), startedAt: NOON, durationMs: 41 });
  const hit = aCacheHit({ id: anId(3), startedAt: NOON + 1 });
  const foreign = aCallRecord({ id: anId(44), tenantId: OTHER_TENANT });

  it('reports soon that the trail is locked, and waits for a statement that is merely slow', async () => {
    await store([success]);
    const holder = await database().pool.connect();
    try {
      await holder.query('begin; lock table integration_logs in access exclusive mode');
      const failures = await Promise.all([
        reader()
          .list(TENANT, {}, { limit: 1 })
          .catch((error: unknown) => error),
        readInTenant(database(), TENANT, 'select pg_sleep(3.5) is null as slept', []),
      ]);
      // A lock that could not be obtained, not a statement that took too long.
      expect(failures[0]).to.have.property('code', '55P03');
      expect(isDependencyLost(failures[0])).to.equal(true);
      expect(failures[1].rows).to.have.length(1);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    expect(await listed({})).to.deep.equal([success.id]);
  });

  it('reports that there is too much to read, not that the database is unavailable', async () => {
    await store([success]);
    const trouble = [
      `create function in_vain() returns boolean language plpgsql as $$
        begin raise exception 'canceled' using errcode = 'query_canceled'; end $$`,
      'create policy in_vain on integration_logs as restrictive for select using (in_vain())',
    ];
    for (const sql of trouble) await database().pool.query(sql);
    try {
      const tooLong = { kind: 'trail-too-long' };
      expect(await failureOf(reader().list(TENANT, {}, { limit: 1 }))).to.deep.equal(tooLong);
      expect(await failureOf(reader().summary(TENANT, {}, 'day'))).to.deep.equal(tooLong);
      expect(await failureOf(reader().costs(TENANT, {}, 'day'))).to.deep.equal(tooLong);
    } finally {
      await database().pool.query('drop function in_vain cascade');
    }
  });

  it('lists newest first, and by descending id within a millisecond', async () => {
    await store([success, hit, failure, { ...success, id: anId(9) }]);
    expect(await listed({})).to.deep.equal([3, 9, 2, 1].map(anId));
  });

  it('lists by every filter', async () => {
    await store([failure, success, hit, foreign]);
    const expected: readonly (readonly [LogFilter, readonly number[]])[] = [
      [{ serviceName: 'yandex' }, [1]],
      [{ serviceId: anId(501) }, [3, 2]],
      [{ serviceId: 'no uuid' }, []],
      [{ operation: 'geocode' }, [3, 2]],
      [{ status: 'cache_hit' }, [3]],
      [{ requestId: 'req-other' }, [1]],
      [{ from: NOON }, [3, 2]],
      [{ to: NOON }, [1]],
      [{ from: NOON, to: NOON + 1 }, [2]],
      [{ minDurationMs: 41 }, [2, 1]],
      [{ minDurationMs: 1e15 }, []],
      [{ serviceName: 'google-main', status: 'success', from: NOON - HOUR }, [2]],
    ];
    for (const [filter, ns] of expected)
      expect(await listed(filter), JSON.stringify(filter)).to.deep.equal(ns.map(anId));
  });

  it('pages through calls with the same time without gap or repeat, across partitions', async () => {
    await ensurePartitions({ database: database(), clock: fixedClock(NOON) });
    const records = Array.from({ length: 25 }, (_, n) =>
      aCacheHit({ id: anId(n + 1), startedAt: NOON + Math.floor(n / 10) * 12 * HOUR }),
    );
    await store(records);
    const seen: string[] = [];
    let page = await answerOf(reader().list(TENANT, {}, { limit: 4 }));
    for (;;) {
      seen.push(...page.items.map(({ id }) => id));
      if (page.nextCursor === undefined) break;
      const after = decodeCursor(page.nextCursor);
      if (!isRight(after)) throw new Error('a cursor that was just made does not decode');
      page = await answerOf(reader().list(TENANT, {}, { limit: 4, after: after.right }));
    }
    expect(seen).to.deep.equal(records.map(({ id }) => id).toReversed());
  });

  it('finds a call by id, whatever the time in the id', async () => {
    const timed = aCallRecord({ id: '019f8a2c-4d3b-7abc-8def-0123456789ab', startedAt: 0x019f8a2c4d3b });
    const random = aCallRecord({ id: '7d9f6a0e-8c1b-4f3d-9a5e-2b4c6d8e0f1a' });
    const farFuture = aCallRecord({ id: 'ffffffff-ffff-7fff-bfff-ffffffffffff' });
    await store([timed, random, farFuture, success]);
    for (const record of [timed, random, farFuture, success])
      expect(await reader().byId(TENANT, record.id)).to.deep.equal(record);
    expect(await reader().byId(TENANT, timed.id.toUpperCase())).to.deep.equal(timed);
    for (const absent of [anId(77), 'no uuid', ''])
      expect(await reader().byId(TENANT, absent)).to.equal(undefined);
  });

  it('shows nothing to another tenant', async () => {
    await store([failure, success, hit]);
    expect(await reader().byId(OTHER_TENANT, success.id)).to.equal(undefined);
    expect(await listed({}, OTHER_TENANT)).to.deep.equal([]);
    expect(await answerOf(reader().summary(OTHER_TENANT, {}, 'service'))).to.deep.equal([]);
    expect(await answerOf(reader().costs(OTHER_TENANT, {}, 'service'))).to.deep.equal([]);
    const unfiltered = await queryInTenant(database(), OTHER_TENANT, 'select id from integration_logs', []);
    expect(unfiltered.rows).to.deep.equal([]);
  });

  it('sums up by each grouping', async () => {
    const durations = [10, 20, 30, 40, 1_000];
    await store([
      ...durations.map((durationMs, n) => aCallRecord({ id: anId(10 + n), durationMs })),
      failure,
      aCallRecord({ id: anId(20), status: 'stale', cacheStatus: 'stale', durationMs: 5 }),
      { ...hit, startedAt: NOON + 13 * HOUR },
      foreign,
    ]);
    const google = { calls: 7, errors: 0, cacheHits: 1, p50Ms: 20, p95Ms: 1_000 };
    const yandex = { calls: 1, errors: 1, cacheHits: 0, p50Ms: 900, p95Ms: 900 };
    const summary = (groupBy: Parameters<ReturnType<typeof reader>['summary']>[2]) =>
      answerOf(reader().summary(TENANT, {}, groupBy));
    expect(await summary('service')).to.deep.equal([
      { group: 'google-main', ...google },
      { group: 'yandex', ...yandex },
    ]);
    expect(await summary('operation')).to.deep.equal([
      { group: 'geocode', ...google },
      { group: 'reverse_geocode', ...yandex },
    ]);
    expect((await summary('status')).map(({ group, calls }) => [group, calls])).to.deep.equal([
      ['cache_hit', 1],
      ['error', 1],
      ['stale', 1],
      ['success', 5],
    ]);
    expect((await summary('hour')).map(({ group, calls }) => [group, calls])).to.deep.equal([
      ['2026-11-22T10:00:00Z', 1],
      ['2026-11-22T12:00:00Z', 6],
      ['2026-11-23T01:00:00Z', 1],
    ]);
    expect((await summary('day')).map(({ group, calls }) => [group, calls])).to.deep.equal([
      ['2026-11-22T00:00:00Z', 7],
      ['2026-11-23T00:00:00Z', 1],
    ]);
    const none = await answerOf(reader().summary(TENANT, { status: 'timeout' }, 'service'));
    expect(none).to.deep.equal([]);
  });

  it('adds up costs by grouping and currency, to the micro-unit', async () => {
    const cost = (n: number, micros: number, currency = 'USD', serviceName = 'google-main') =>
      aCallRecord({ id: anId(n), estimatedCost: { micros, currency }, serviceName });
    await store([
      cost(1, 5_000),
      cost(2, 1),
      cost(3, 7, 'EUR'),
      cost(4, 999_999_999_999),
      cost(5, 0, 'USD', 'a'),
      foreign,
    ]);
    expect(await answerOf(reader().costs(TENANT, {}, 'service'))).to.deep.equal([
      { group: 'a', calls: 1, costMicros: 0, currency: 'USD' },
      { group: 'google-main', calls: 1, costMicros: 7, currency: 'EUR' },
      { group: 'google-main', calls: 3, costMicros: 1_000_000_005_000, currency: 'USD' },
    ]);
    expect(await answerOf(reader().costs(TENANT, { serviceName: 'a' }, 'day'))).to.deep.equal([
      { group: '2026-11-22T00:00:00Z', calls: 1, costMicros: 0, currency: 'USD' },
    ]);
  });

  it('counts a call that paid two providers once where both are in one group', async () => {
    const paid = (serviceName: string, n: number, micros: number, currency = 'USD') =>
      anAttempt({ serviceName, serviceId: anId(n), cost: { micros, currency } });
    await store([
      aCallRecord({ id: anId(1), attempts: [paid('google-main', 501, 5_000), paid('yandex', 502, 2_000)] }),
      aCallRecord({
        id: anId(2),
        attempts: [paid('google-main', 501, 5_000), paid('yandex', 502, 2, 'RUB')],
      }),
      aCallRecord({ id: anId(3), estimatedCost: { micros: 1_000, currency: 'USD' } }),
    ]);
    expect(await answerOf(reader().costs(TENANT, {}, 'day'))).to.deep.equal([
      { group: '2026-11-22T00:00:00Z', calls: 1, costMicros: 2, currency: 'RUB' },
      { group: '2026-11-22T00:00:00Z', calls: 3, costMicros: 13_000, currency: 'USD' },
    ]);
    expect(await answerOf(reader().costs(TENANT, {}, 'service'))).to.deep.equal([
      { group: 'google-main', calls: 3, costMicros: 11_000, currency: 'USD' },
      { group: 'yandex', calls: 1, costMicros: 2, currency: 'RUB' },
      { group: 'yandex', calls: 1, costMicros: 2_000, currency: 'USD' },
    ]);
  });

  it('attributes what was paid to a provider to that provider, even where a stale answer of another was served', async () => {
    const late = anAttempt({
      serviceName: 'google-main',
      serviceId: anId(501),
      outcome: 'provider-timeout',
      cost: { micros: 5_000, currency: 'USD' },
    });
    const stale = aCallRecord({
      serviceName: 'yandex',
      serviceId: anId(502),
      status: 'stale',
      cacheStatus: 'stale',
      estimatedCost: { micros: 5_000, currency: 'USD' },
      attempts: [late],
    });
    await store([stale]);
    const booked = [{ group: 'google-main', calls: 1, costMicros: 5_000, currency: 'USD' }];
    expect(await answerOf(reader().costs(TENANT, {}, 'service'))).to.deep.equal(booked);
    expect(await answerOf(reader().costs(TENANT, { serviceId: anId(501) }, 'service'))).to.deep.equal(booked);
    expect(await answerOf(reader().costs(TENANT, { serviceId: anId(502) }, 'service'))).to.deep.equal([]);
  });
});
