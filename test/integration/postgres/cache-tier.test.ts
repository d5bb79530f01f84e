import { expect } from 'chai';
import type { CacheEntry } from '../../../src/domain/cache/cache-entry.ts';
import type { PurgeStamp } from '../../../src/domain/cache/invalidation.ts';
import { decodeCursor } from '../../../src/domain/shared/cursor.ts';
import { isLeft, right } from '../../../src/domain/shared/fp.ts';
import type { PageRequest } from '../../../src/domain/shared/page.ts';
import type { TenantId } from '../../../src/domain/shared/tenant-context.ts';
import { postgresCacheDirectory } from '../../../src/infrastructure/postgres/cache/postgres-cache-directory.ts';
import {
  endsOfKeys,
  postgresCacheTier,
  removeGoneEntries,
} from '../../../src/infrastructure/postgres/cache/postgres-cache-tier.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import {
  aContext,
  anExternalService,
  anId,
  OTHER_TENANT,
  TENANT,
} from '../../support/an-external-service.ts';
import { anEntry, keyOf, OTHER_SERVICE_ID, SERVICE_ID } from '../../support/cache-store-rig.ts';
import { fixedClock, type FixedClock } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { mostVisits } from './most-visits.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const DAY = 86_400_000;
const IS_WAITING = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

describe('integration_cache', () => {
  const { database } = migratedDatabase();
  const tier = () => postgresCacheTier(database(), systemSleep);
  const query = (text: string, values: readonly unknown[] = []) => database().pool.query(text, [...values]);
  const unitOfWork = () =>
    postgresUnitOfWork({ database: database(), secretBox: aSecretBox, onCommitted: () => undefined });
  let clock: FixedClock;
  beforeEach(async () => {
    clock = fixedClock();
    await query('truncate cache_invalidations');
    for (const service of [
      anExternalService({ id: SERVICE_ID }),
      anExternalService({ id: OTHER_SERVICE_ID, tenantId: OTHER_TENANT }),
    ])
      await unitOfWork().run(aContext(service.tenantId), async (tx) => right(await tx.services.add(service)));
  });

  it('looks keys up by their own index, even in a table that was never analysed', async () => {
    const entry = anEntry(clock);
    await tier().keep(TENANT, entry);
    // Uses one connection: the statistics of another arrive a second late.
    const client = await database().pool.connect();
    try {
      const keys = [entry.key, keyOf('elsewhere'), keyOf('nowhere')];
      await client.query('select pg_stat_force_next_flush()');
      await client.query('select pg_stat_reset()');
      const { rows } = await client.query('select find_cached($1, $2) as found', [TENANT, keys]);
      expect(rows[0]?.found).to.have.length(1);
      await client.query('select pg_stat_force_next_flush()');
      const scans = await client.query(
        `select indexrelname as index from pg_stat_user_indexes where relname = 'integration_cache' and idx_scan > 0
         union all select relname from pg_stat_user_tables where relname = 'integration_cache' and seq_scan > 0`,
      );
      expect(scans.rows).to.deep.equal([{ index: 'integration_cache_cache_key_key' }]);
    } finally {
      client.release();
    }
  });

  it('reports when its keys expire, for all tenants', async () => {
    const entry = anEntry(clock);
    const theirs = { ...anEntry(clock), key: keyOf('theirs', OTHER_TENANT), serviceId: OTHER_SERVICE_ID };
    await tier().keep(TENANT, entry);
    await tier().keep(OTHER_TENANT, theirs);
    expect(await endsOfKeys(database())).to.have.members([entry, theirs].map(({ key }) => key.slice(-8)));
  });

  it('keeps the columns of the brief readable by people', async () => {
    const entry = anEntry(clock);
    await tier().keep(TENANT, entry);
    const { rows } = await query(
      'select service_id, service_name, operation, ttl_seconds, expires_at, hit_count::int, request_hash from integration_cache',
    );
    expect(rows).to.deep.equal([
      {
        service_id: SERVICE_ID,
        service_name: 'google_maps',
        operation: 'geocode',
        ttl_seconds: 3600,
        expires_at: new Date(entry.freshUntil),
        hit_count: 0,
        request_hash: entry.key.split(':').at(-1),
      },
    ]);
  });

  it('is empty for another tenant, whatever is asked or tried', async () => {
    const entry = anEntry(clock);
    await tier().keep(TENANT, entry);
    expect(await tier().find(OTHER_TENANT, entry.key)).to.equal(undefined);
    expect(await tier().remove(OTHER_TENANT, entry.key, clock.now())).to.equal(false);
    expect(await tier().count(OTHER_TENANT)).to.equal(0);
    await tier().addHits(OTHER_TENANT, new Map([[entry.key, 5]]));
    await tier().purge(TENANT, { scope: {}, purgedAt: clock.now() });
    expect(await tier().stamps(OTHER_TENANT)).to.deep.equal([]);
    expect(await tier().find(TENANT, entry.key)).to.deep.equal(entry);
    expect((await query('select hit_count::int as hits from integration_cache')).rows).to.deep.equal([
      { hits: 0 },
    ]);
  });

  it('stores and finds many at once, each tenant its own', async () => {
    const entries = Array.from({ length: 40 }, (_, n) =>
      anEntry(clock, { key: keyOf(`many ${n}`), value: { n } }),
    );
    const cache = tier();
    await Promise.all(entries.map((entry) => cache.keep(TENANT, entry)));
    const found = await Promise.all(entries.map(({ key }) => cache.find(TENANT, key)));
    expect(found).to.deep.equal(entries);
  });

  it('keeps the newest of several loads of one key that arrive together', async () => {
    const first = anEntry(clock);
    const later = { ...first, storedAt: first.storedAt + 2, value: 'later' };
    const between = { ...first, storedAt: first.storedAt + 1, value: 'between' };
    const cache = tier();
    await Promise.all([first, later, between].map((entry) => cache.keep(TENANT, entry)));
    expect((await cache.find(TENANT, first.key))?.value).to.equal('later');
  });

  it('also counts, lists and removes entries that are still being written', async () => {
    const entries = [1, 2, 3].map((n) => anEntry(clock, { key: keyOf(`on its way ${n}`) }));
    const cache = tier();
    const keeping = entries.map((entry) => cache.keep(TENANT, entry));
    const [first = '', second = ''] = entries.map(({ key }) => key);
    const directory = postgresCacheDirectory(database(), cache, clock);
    const before = await cache.count(TENANT);
    expect((await directory.list(TENANT, {}, { limit: 200 })).items.map(({ key }) => key)).to.include(second);
    const again = cache.keep(TENANT, entries[0] as CacheEntry);
    expect(await cache.remove(TENANT, first, clock.now())).to.equal(true);
    await Promise.all([...keeping, again]);
    expect(await cache.find(TENANT, first)).to.equal(undefined);
    expect(await cache.count(TENANT)).to.equal(before - 1);
    expect((await directory.list(TENANT, {}, { limit: 200 })).items.map(({ key }) => key)).not.to.include(
      first,
    );
  });

  it('drops an entry whose service is removed while it is written, without reporting a broken tier', async () => {
    const blocker = await database().pool.connect();
    const entry = anEntry(clock);
    try {
      await blocker.query('begin');
      await blocker.query('delete from external_services where id = $1', [SERVICE_ID]);
      const keeping = tier().keep(TENANT, entry);
      await until(
        async () => {
          const { rows } = await query(
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          );
          return rows.length;
        },
        (waiting) => waiting === 1,
      );
      await blocker.query('commit');
      await keeping;
    } finally {
      blocker.release(true);
    }
    expect(await tier().find(TENANT, entry.key)).to.equal(undefined);
  });

  it('skips what jsonb cannot hold, without reporting a broken tier', async () => {
    const held = anEntry(clock, { key: keyOf('held'), value: 'C:\\\\u0000 and 😀' });
    const unheld = ['\u0000', '\ud83d'].map((text) =>
      anEntry(clock, {
        key: keyOf(text === '\u0000' ? 'NUL' : 'half a pair'),
        value: { cells: [[`a${text}`]] },
      }),
    );
    const cache = tier();
    await Promise.all([held, ...unheld].map((entry) => cache.keep(TENANT, entry)));
    await cache.keep(TENANT, unheld[0] as CacheEntry);
    expect(await cache.find(TENANT, held.key)).to.deep.equal(held);
    for (const { key } of unheld) expect(await cache.find(TENANT, key)).to.equal(undefined);
  });

  it('stores the others when PostgreSQL refuses one', async () => {
    const good = [1, 2, 3].map((n) => anEntry(clock, { key: keyOf(`good ${n}`) }));
    const bad = anEntry(clock, { key: keyOf('bad'), storedAt: 1e17 });
    const cache = tier();
    const kept = await Promise.allSettled(
      [good[0], good[1], bad, good[2]].map((entry) => cache.keep(TENANT, entry as CacheEntry)),
    );
    expect(kept.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    for (const entry of good) expect(await cache.find(TENANT, entry.key)).to.deep.equal(entry);
  });

  it('does not let a tenant overwrite the entry of another, even under the same key', async () => {
    const entry = anEntry(clock);
    await tier().keep(TENANT, entry);
    const stolen = { ...entry, serviceId: OTHER_SERVICE_ID, value: 'stolen' };
    const failure = await tier()
      .keep(OTHER_TENANT, stolen)
      .catch((error: unknown) => error);
    expect(String(failure)).to.match(/row-level security/);
    expect(await tier().find(TENANT, entry.key)).to.deep.equal(entry);
  });

  it('stores nothing for a service that is gone or of another tenant, and deletes entries with their service', async () => {
    await tier().keep(TENANT, anEntry(clock, { serviceId: anId(99) }));
    await tier().keep(TENANT, anEntry(clock, { serviceId: OTHER_SERVICE_ID }));
    expect(await tier().count(TENANT)).to.equal(0);
    await tier().keep(TENANT, anEntry(clock));
    await unitOfWork().run(aContext(), async (tx) => right(await tx.services.remove(SERVICE_ID, 1)));
    expect(await tier().count(TENANT)).to.equal(0);
  });

  it('does not serve an entry of a provider that this version does not know', async () => {
    await tier().keep(TENANT, anEntry(clock));
    await query("update integration_cache set provider = 'bing_maps'");
    expect(await tier().find(TENANT, anEntry(clock).key)).to.equal(undefined);
    await tier().keep(TENANT, anEntry(clock));
    expect(await tier().find(TENANT, anEntry(clock).key)).to.deep.equal(anEntry(clock));
  });

  it('keeps the newest of concurrent purges for each scope', async () => {
    const times = [5, 1, 9, 3].map((n) => clock.now() + n);
    await Promise.all(
      times.map((purgedAt) => tier().purge(TENANT, { scope: { tag: 'a "quoted" tag' }, purgedAt })),
    );
    await tier().purge(TENANT, { scope: { serviceName: 's', operation: 'o' }, purgedAt: clock.now() });
    expect(await tier().stamps(TENANT)).to.have.deep.members([
      { scope: { tag: 'a "quoted" tag' }, purgedAt: clock.now() + 9 },
      { scope: { serviceName: 's', operation: 'o' }, purgedAt: clock.now() },
    ]);
  });

  it('drops the purges that a purge of everything supersedes, but no others', async () => {
    const at = clock.now();
    const purge = (scope: PurgeStamp['scope'], purgedAt: number, tenant = TENANT) =>
      tier().purge(tenant, { scope, purgedAt });
    await purge({ tag: 'before' }, at - 1);
    await purge({ tag: 'at once' }, at);
    await purge({ tag: 'after' }, at + 1);
    await purge({ tag: 'before' }, at - 1, OTHER_TENANT);
    await purge({}, at);
    expect(await tier().stamps(TENANT)).to.have.deep.members([
      { scope: { tag: 'after' }, purgedAt: at + 1 },
      { scope: {}, purgedAt: at },
    ]);
    expect(await tier().stamps(OTHER_TENANT)).to.have.lengthOf(1);
  });

  it('locks its rows in a fixed order, so that no two replicas deadlock', async () => {
    const entries = ['one', 'another'].map((name) => anEntry(clock, { key: keyOf(name) }));
    const [last, first] = entries.toSorted((a, b) => (a.key > b.key ? -1 : 1)) as [CacheEntry, CacheEntry];
    const keep = () => Promise.all([last, first].map((entry) => cache.keep(TENANT, entry)));
    const count = () => cache.addHits(TENANT, new Map([last, first].map(({ key }) => [key, 1])));
    const cache = tier();
    await keep();
    const own = 'select from integration_cache where cache_key = $1 for update';
    for (const write of [keep, count]) {
      let writing: Promise<unknown> = Promise.resolve();
      await asSystem(database(), async (session) => {
        await session.query(own, [first.key]);
        writing = write();
        await until(
          async () => (await query(IS_WAITING)).rowCount,
          (waiting) => waiting === 1,
        );
        await session.query(`${own} nowait`, [last.key]);
      });
      await writing;
    }
    expect((await query('select sum(hit_count)::int as hits from integration_cache')).rows).to.deep.equal([
      { hits: 2 },
    ]);
  });

  for (const work of ['keeps entries', 'counts hits'] as const)
    it(`${work} while a service is deleted with its entries, without a deadlock`, async () => {
      const entries = ['one', 'another'].map((name) => anEntry(clock, { key: keyOf(name) }));
      const [last, first] = entries.toSorted((a, b) => (a.key > b.key ? -1 : 1)) as [CacheEntry, CacheEntry];
      // They are stored, and deleted, in this order.
      for (const entry of [last, first]) await tier().keep(TENANT, entry);
      const cache = tier();
      const write = (): Promise<unknown> =>
        work === 'keeps entries'
          ? Promise.all([first, last].map((entry) => cache.keep(TENANT, entry)))
          : cache.addHits(TENANT, new Map([first, last].map(({ key }) => [key, 1])));
      const waiting = (count: number) =>
        until(
          async () => (await query(IS_WAITING)).rowCount,
          (found) => found === count,
        );
      let underWay: Promise<unknown> = Promise.resolve();
      await asSystem(database(), async (session) => {
        const own = 'select from integration_cache where cache_key = $1 for update';
        await session.query(own, [last.key]);
        const removing = unitOfWork().run(aContext(), async (tx) =>
          right(await tx.services.remove(SERVICE_ID, 1)),
        );
        underWay = Promise.all([removing, waiting(1).then(write)]);
        await waiting(2);
        await session.query(`${own} nowait`, [first.key]);
      });
      await underWay;
      expect(await tier().count(TENANT)).to.equal(0);
    });

  it('counts hits of many services by reading each row a few times, not once for each service', async () => {
    const [services, keys] = [300, 3_000];
    await query(
      `insert into external_services (id, management_company_id, service_name, service_type, provider, display_name, created_at, updated_at)
       select gen_random_uuid(), $1, 'service_' || n, 'geocoding', 'google_maps', 'one of many', now(), now() from generate_series(1, $2) n`,
      [TENANT, services],
    );
    await query(
      `insert into integration_cache (management_company_id, cache_key, service_id, service_name, provider, operation, request_hash,
         response_data, loaded_by, stored_at, ttl_seconds, expires_at, gone_at)
       select $1, service_name || n, id, service_name, provider, 'geocode', '', '{}', id, now(), 60, now(), now() + '1 day'
       from external_services, generate_series(1, $2) n where service_name like 'service_%'`,
      [TENANT, keys / services],
    );
    const { rows } = await query('select cache_key from integration_cache');
    const hits = new Map(rows.map(({ cache_key }) => [cache_key, 1]));
    const most = await mostVisits(database().pool, (pool) =>
      postgresCacheTier({ pool }, systemSleep).addHits(TENANT, hits),
    );
    expect(most).to.be.within(keys, 3 * keys);
    expect((await query('select distinct hit_count::int as hits from integration_cache')).rows).to.deep.equal(
      [{ hits: 1 }],
    );
  });

  it('deletes the rows of a removed service without reading those of others', async () => {
    await query(
      `insert into integration_cache (management_company_id, cache_key, service_id, service_name, provider, operation,
         request_hash, response_data, loaded_by, stored_at, ttl_seconds, expires_at, gone_at)
       select $1, 'key ' || n, $2, 'google_maps', 'google_maps', 'geocode', '', '{}', $2, now(), 60, now(), now()
       from generate_series(1, 5000) n`,
      [OTHER_TENANT, OTHER_SERVICE_ID],
    );
    await query('analyze integration_cache');
    // Uses one connection: the statistics of another arrive a second late.
    const client = await database().pool.connect();
    try {
      await client.query('select pg_stat_force_next_flush()');
      await client.query('select pg_stat_reset()');
      await client.query('delete from external_services where id = $1', [SERVICE_ID]);
      await client.query('select pg_stat_force_next_flush()');
      const { rows } = await client.query(
        `select seq_tup_read::int as read from pg_stat_user_tables where relname = 'integration_cache'`,
      );
      expect(rows).to.deep.equal([{ read: 0 }]);
    } finally {
      client.release();
    }
  });

  it('is cleaned of expired entries, for all tenants, and of purges that no entry can be older than', async () => {
    await tier().keep(TENANT, anEntry(clock, { key: keyOf('gone'), goneAt: clock.now() }));
    await tier().keep(TENANT, anEntry(clock, { key: keyOf('stale'), freshUntil: clock.now() }));
    await tier().keep(
      OTHER_TENANT,
      anEntry(clock, {
        key: keyOf('theirs', OTHER_TENANT),
        serviceId: OTHER_SERVICE_ID,
        goneAt: clock.now() - 1,
      }),
    );
    await tier().purge(TENANT, { scope: { tag: 'old' }, purgedAt: clock.now() - 32 * DAY });
    await tier().purge(TENANT, { scope: { tag: 'young' }, purgedAt: clock.now() - 30 * DAY });
    expect(await removeGoneEntries(database(), clock.now())).to.equal(2);
    expect([await tier().count(TENANT), await tier().count(OTHER_TENANT)]).to.deep.equal([1, 0]);
    expect((await tier().stamps(TENANT)).map(({ scope }) => scope.tag)).to.deep.equal(['young']);
  });

  it('is also cleaned of a very large number, without waiting for anybody who uses some of it', async () => {
    const inUse = anEntry(clock, { key: keyOf('in use'), goneAt: clock.now() - 1 });
    await tier().keep(TENANT, inUse);
    const columns = `management_company_id, service_id, service_name, provider, operation, request_hash, response_data,
      loaded_by, stored_at, ttl_seconds, expires_at, gone_at`;
    await asSystem(database(), (session) =>
      session.query(
        `insert into integration_cache (cache_key, ${columns})
         select cache_key || n, ${columns} from integration_cache, generate_series(1, 12000) as n`,
      ),
    );
    await asSystem(database(), async (session) => {
      await session.query('select from integration_cache where cache_key = $1 for update', [inUse.key]);
      expect(await removeGoneEntries(database(), clock.now())).to.equal(12_000);
    });
    expect(await removeGoneEntries(database(), clock.now())).to.equal(1);
  });

  describe('in its directory', () => {
    type Filter = { readonly serviceName?: string; readonly operation?: string };
    const directory = () => postgresCacheDirectory(database(), tier(), clock);
    const pages = async (limit: number, filter: Filter = {}, tenant: TenantId = TENANT) => {
      const found: string[][] = [];
      let after: PageRequest['after'];
      for (;;) {
        const page = await directory().list(
          tenant,
          filter,
          after === undefined ? { limit } : { limit, after },
        );
        found.push(page.items.map(({ key }) => key));
        if (page.nextCursor === undefined) return found;
        const position = decodeCursor(page.nextCursor);
        if (isLeft(position)) throw new Error('our own cursor was refused');
        after = position.right;
      }
    };
    /** Several in each millisecond, so that the time alone does not determine the order. */
    const many = (count: number): readonly CacheEntry[] =>
      Array.from({ length: count }, (_, n) =>
        anEntry(clock, {
          key: keyOf(`entry ${n}`),
          storedAt: clock.now() - Math.floor(n / 4),
          serviceName: n % 2 === 0 ? 'google_maps' : 'yandex_maps',
          operation: n % 3 === 0 ? 'distance' : 'geocode',
        }),
      );
    const keep = async (entries: readonly CacheEntry[]) => {
      for (const entry of entries) await tier().keep(TENANT, entry);
    };

    for (const limit of [1, 3, 4, 12, 13, 14, 200])
      it(`lists every entry once, newest first, ${limit} a page`, async () => {
        const entries = many(13);
        await keep(entries);
        const found = (await pages(limit)).flat();
        expect(found).to.have.members(entries.map(({ key }) => key));
        expect(found).to.have.length(13);
        const times = found.map((key) => entries.find((entry) => entry.key === key)?.storedAt);
        expect(times).to.deep.equal(times.toSorted((a, b) => Number(b) - Number(a)));
      });

    it('filters by service and operation', async () => {
      const entries = many(12);
      await keep(entries);
      const wanted = entries.filter((e) => e.serviceName === 'google_maps' && e.operation === 'distance');
      const found = await pages(1, { serviceName: 'google_maps', operation: 'distance' });
      expect(found.flat()).to.have.members(wanted.map(({ key }) => key));
      expect(await pages(10, { operation: 'none' })).to.deep.equal([[]]);
    });

    it('shows what an entry is, how often it was used, and whether it is still fresh', async () => {
      const fresh = anEntry(clock);
      const { value: _value, ...listed } = fresh;
      await keep([
        fresh,
        anEntry(clock, { key: keyOf('stale'), storedAt: clock.now() - 1, freshUntil: clock.now() }),
      ]);
      await tier().addHits(TENANT, new Map([[fresh.key, 3]]));
      const { items } = await directory().list(TENANT, {}, { limit: 10 });
      expect(items[0]).to.deep.equal({ ...listed, hitCount: 3, cacheStatus: 'fresh' });
      expect(items[1]).to.deep.include({ key: keyOf('stale'), cacheStatus: 'stale', hitCount: 0 });
    });

    it('skips expired and purged entries, and continues after them on the next page', async () => {
      const entries = many(9);
      await keep(entries);
      await keep([anEntry(clock, { key: keyOf('gone'), goneAt: clock.now() })]);
      await tier().purge(TENANT, { scope: { serviceName: 'yandex_maps' }, purgedAt: clock.now() });
      const left = entries.filter(({ serviceName }) => serviceName === 'google_maps').map(({ key }) => key);
      expect((await pages(2)).flat()).to.have.members(left);
    });

    it('reads only the rows of a page, however many the tenant has', async () => {
      // Half of the table, in an order different from the stored one: reloaded entries are written behind the rest.
      await query(
        `insert into integration_cache (management_company_id, cache_key, service_id, service_name, provider, operation,
           request_hash, response_data, loaded_by, stored_at, ttl_seconds, expires_at, gone_at)
         select case n % 2 when 0 then $1 else $2 end, 'key ' || n, $3, 'google_maps', 'google_maps', 'geocode', '',
           to_jsonb(repeat('a', 300)), $3, now() - n * 7919 % 20000 * interval '1 s', 60, now(), now() + '1 day'
         from generate_series(1, 20000) n`,
        [TENANT, OTHER_TENANT, SERVICE_ID],
      );
      await query('analyze integration_cache');
      const most = await mostVisits(database().pool, (pool) =>
        postgresCacheDirectory(
          { pool },
          { stamps: async () => [], settled: async () => undefined },
          clock,
        ).list(TENANT, {}, { limit: 50 }),
      );
      expect(most).to.equal(51);
    });

    it('is empty for another tenant', async () => {
      await keep(many(3));
      expect(await pages(10, {}, OTHER_TENANT)).to.deep.equal([[]]);
    });
  });
});
