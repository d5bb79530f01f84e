import { expect } from 'chai';
import type { ExternalService, HealthStatus } from '../../../src/domain/external-service/external-service.ts';
import type { ServiceFilter } from '../../../src/domain/external-service/external-service-repository.ts';
import { planFor } from '../../../src/domain/external-service/plan-for.ts';
import { decodeCursor } from '../../../src/domain/shared/cursor.ts';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import type { PageRequest } from '../../../src/domain/shared/page.ts';
import { postgresExternalServiceReader } from '../../../src/infrastructure/postgres/services/postgres-external-service-reader.ts';
import {
  aBareService,
  anExternalService,
  anId,
  NOON,
  OTHER_TENANT,
  TENANT,
} from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { inUnitOf, migratedDatabase } from './postgres-fixture.ts';

describe('external services on PostgreSQL', () => {
  const { database } = migratedDatabase();
  const clock = fixedClock();
  const reader = () =>
    postgresExternalServiceReader({ database: database(), monotonic: clock.monotonic, sleep: clock.sleep });
  const inUnit = inUnitOf(database);
  const add = (...services: readonly ExternalService[]) =>
    inUnit(async (tx) => {
      for (const service of services) expect(await tx.services.add(service)).to.equal('added');
    });

  for (const service of [anExternalService(), aBareService()])
    it(`are read as they were stored: ${service.serviceName}`, async () => {
      await add(service);
      expect(await reader().byId(TENANT, service.id)).to.deep.equal(service);
      const found = await inUnit(async (tx) => [
        await tx.services.byId(service.id),
        ...(await tx.services.all()),
      ]);
      expect(found).to.deep.equal([service, service]);
    });

  describe('for another tenant', () => {
    const service = anExternalService();
    beforeEach(() => add(service));

    it('are not found by any way of reading', async () => {
      expect(await reader().byId(OTHER_TENANT, service.id)).to.equal(undefined);
      expect(await reader().byName(OTHER_TENANT, service.serviceName)).to.equal(undefined);
      expect(await reader().list(OTHER_TENANT, {}, { limit: 10 })).to.deep.equal({
        items: [],
        nextCursor: undefined,
      });
      expect(await reader().activeOf(OTHER_TENANT, 'geocoding')).to.deep.equal([]);
    });

    it('are neither found nor changed by any method of the repository', async () => {
      const outcomes = await inUnit(
        async ({ services }) => [
          await services.byId(service.id),
          await services.all(),
          await services.update({ ...service, displayName: 'stolen', version: 2 }, 1),
          await services.remove(service.id, 1),
          await services.changeHealth(service.id, 'degraded', 'unhealthy', NOON),
        ],
        OTHER_TENANT,
      );
      expect(outcomes).to.deep.equal([undefined, [], 'version-changed', 'version-changed', false]);
      expect(await reader().byId(TENANT, service.id)).to.deep.equal(service);
    });

    it('do not conflict with the same name of another tenant', async () => {
      const twin = anExternalService({ id: anId(9), tenantId: OTHER_TENANT });
      expect(await inUnit((tx) => tx.services.add(twin), OTHER_TENANT)).to.equal('added');
    });
  });

  it('are found by the name that they have, and by none that they had', async () => {
    await add(anExternalService());
    const renamed = anExternalService({ serviceName: 'google-new', version: 2 });
    expect(await inUnit((tx) => tx.services.update(renamed, 1))).to.equal('updated');
    expect(await reader().byName(TENANT, 'google-new')).to.deep.equal(renamed);
    expect(await reader().byName(TENANT, anExternalService().serviceName)).to.equal(undefined);
  });

  it('are not found by ids that are not UUIDs', async () => {
    expect(await reader().byId(TENANT, "1' or '1'='1")).to.equal(undefined);
    const found = await inUnit(({ services }) =>
      Promise.all([services.byId('no-uuid'), services.remove('no-uuid', 1)]),
    );
    expect(found).to.deep.equal([undefined, 'version-changed']);
  });

  it('accept an update at the expected version, except of health and creation time', async () => {
    await add(anExternalService(), aBareService());
    const changed = anExternalService({
      displayName: 'renamed',
      apiKey: undefined,
      credentials: { envelope: 'v1.k2.a.b', hint: '' },
      limits: { day: 1 },
      fallbackServiceId: anId(2),
      healthStatus: 'healthy',
      lastHealthCheck: undefined,
      createdAt: NOON + 99,
      updatedAt: NOON + 50,
      version: 2,
    });
    expect(await inUnit((tx) => tx.services.update(changed, 1))).to.equal('updated');
    const { healthStatus, lastHealthCheck, createdAt } = anExternalService();
    expect(await reader().byId(TENANT, changed.id)).to.deep.equal({
      ...changed,
      healthStatus,
      lastHealthCheck,
      createdAt,
    });
  });

  it('let exactly one of many concurrent changes win, for each version', async () => {
    await add(anExternalService());
    const race = (from: number) =>
      Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((displayName) =>
          inUnit((tx) => tx.services.update(anExternalService({ displayName, version: from + 1 }), from)),
        ),
      );
    for (const version of [1, 2, 3]) {
      const outcomes = (await race(version)).toSorted();
      expect(outcomes).to.deep.equal(['updated', ...Array.from({ length: 4 }, () => 'version-changed')]);
    }
    expect((await reader().byId(TENANT, anId(1)))?.version).to.equal(4);
  });

  it('accept exactly one of many concurrent additions with the same name', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map((n) => inUnit((tx) => tx.services.add(anExternalService({ id: anId(n) })))),
    );
    expect(outcomes.toSorted()).to.deep.equal(['added', 'name-taken', 'name-taken', 'name-taken']);
  });

  it('are removed at the expected version only', async () => {
    await add(anExternalService());
    expect(await inUnit((tx) => tx.services.remove(anId(1), 2))).to.equal('version-changed');
    expect(await inUnit((tx) => tx.services.remove(anId(1), 1))).to.equal('removed');
    expect(await reader().byId(TENANT, anId(1))).to.equal(undefined);
  });

  it('are not removed while another service falls back to them', async () => {
    await add(anExternalService(), aBareService({ fallbackServiceId: anId(1) }));
    const outcomes = await inUnit(async ({ services }) => [
      await services.remove(anId(1), 1),
      await services.remove(anId(2), 1),
      await services.remove(anId(1), 1),
    ]);
    expect(outcomes).to.deep.equal(['referenced', 'removed', 'removed']);
  });

  it('are not removed while a webhook names them as its source', async () => {
    await add(anExternalService());
    await database().pool.query(
      `insert into webhook_configs (id, management_company_id, webhook_name, source_service, source_service_id)
       values ($1, $2, 'hook', 'custom', $3)`,
      [anId(50), TENANT, anId(1)],
    );
    expect(await inUnit((tx) => tx.services.remove(anId(1), 1))).to.equal('referenced');
  });

  it('change the health only from the expected state, once, and leave the version unchanged', async () => {
    await add(anExternalService());
    const change = (from: HealthStatus, to: HealthStatus) =>
      inUnit((tx) => tx.services.changeHealth(anId(1), from, to, NOON + 777));
    const outcomes = await Promise.all([change('degraded', 'healthy'), change('degraded', 'healthy')]);
    expect(outcomes.toSorted()).to.deep.equal([false, true]);
    expect(await change('healthy', 'healthy')).to.equal(true);
    const expected = anExternalService({ healthStatus: 'healthy', lastHealthCheck: NOON + 777 });
    expect(await reader().byId(TENANT, anId(1))).to.deep.equal(expected);
  });

  describe('in a list', () => {
    const pages = async (filter: ServiceFilter, limit: number): Promise<readonly (readonly string[])[]> => {
      const found: string[][] = [];
      let after: PageRequest['after'];
      for (;;) {
        const { items, nextCursor } = await reader().list(
          TENANT,
          filter,
          after === undefined ? { limit } : { limit, after },
        );
        found.push(items.map(({ id }) => id));
        if (nextCursor === undefined) return found;
        const decoded = decodeCursor(nextCursor);
        if (isLeft(decoded)) throw new Error(`our own cursor was refused: ${nextCursor}`);
        after = decoded.right;
      }
    };
    /** Several in each millisecond, so that the ids determine the order. */
    const many = Array.from({ length: 23 }, (_, n) =>
      aBareService({
        id: anId(n + 1),
        serviceName: `s${n}`,
        createdAt: NOON + Math.floor(n / 8),
        isActive: n % 3 !== 0,
      }),
    );
    const newestFirst = many.map(({ id }) => id).toReversed();

    for (const limit of [1, 2, 7, 8, 22, 23, 24, 200])
      it(`come newest first, none skipped and none twice, ${limit} a page`, async () => {
        await add(...many);
        const found = await pages({}, limit);
        expect(found.flat()).to.deep.equal(newestFirst);
        expect(found.slice(0, -1).every((page) => page.length === limit)).to.equal(true);
        expect(found.at(-1)).to.not.deep.equal([]);
      });

    it('are filtered before they are divided into pages', async () => {
      await add(...many, anExternalService({ id: anId(99), createdAt: NOON + 60_000 }));
      const passive = many.filter(({ isActive }) => !isActive).map(({ id }) => id);
      expect((await pages({ isActive: false }, 3)).flat()).to.deep.equal(passive.toReversed());
      expect(await pages({ healthStatus: 'degraded', serviceType: 'geocoding' }, 50)).to.deep.equal([
        [anId(99), ...newestFirst],
      ]);
      expect(await pages({ serviceType: 'spreadsheet' }, 50)).to.deep.equal([[]]);
    });

    it('of a tenant without services are one empty page', async () => {
      expect(await pages({}, 10)).to.deep.equal([[]]);
    });
  });

  describe('in the snapshot of active ones', () => {
    it('come by type, highest priority first, without inactive ones', async () => {
      await add(
        anExternalService({ id: anId(1), serviceName: 'low', priority: 1 }),
        anExternalService({ id: anId(2), serviceName: 'high', priority: 9 }),
        anExternalService({ id: anId(3), serviceName: 'off', priority: 10, isActive: false }),
        anExternalService({ id: anId(4), serviceName: 'sheets', serviceType: 'spreadsheet', priority: 99 }),
        anExternalService({ id: anId(5), serviceName: 'high too, later', priority: 9, createdAt: NOON + 1 }),
      );
      const active = await reader().activeOf(TENANT, 'geocoding');
      expect(active.map(({ serviceName }) => serviceName)).to.deep.equal(['high', 'high too, later', 'low']);
    });

    it('follow a fallback chain through an inactive service, whether read for one tenant or for all', async () => {
      // A row must exist before another can fall back to it.
      await add(
        anExternalService({ id: anId(4), serviceName: 'behind', priority: 1 }),
        anExternalService({ id: anId(3), serviceName: 'second', priority: 50 }),
        anExternalService({ id: anId(2), serviceName: 'off', isActive: false, fallbackServiceId: anId(4) }),
        anExternalService({ id: anId(1), serviceName: 'first', priority: 100, fallbackServiceId: anId(2) }),
      );
      const refreshed = reader();
      await refreshed.refresh();
      for (const services of [reader(), refreshed]) {
        const plan = planFor(await services.activeOf(TENANT, 'geocoding'));
        expect(plan.services.map(({ serviceName }) => serviceName)).to.deep.equal([
          'first',
          'behind',
          'second',
        ]);
      }
    });

    it('are at most a second old, and up to date at once when the tenant is invalidated', async () => {
      const cached = reader();
      const names = async () =>
        (await cached.activeOf(TENANT, 'geocoding')).map(({ serviceName }) => serviceName);
      await add(anExternalService());
      expect(await names()).to.deep.equal(['google-main']);
      await add(aBareService());
      clock.advance(999);
      expect(await names()).to.deep.equal(['google-main']);
      clock.advance(1);
      expect(await names()).to.have.members(['google-main', 'gazetteer']);
      await inUnit((tx) => tx.services.remove(anId(2), 1));
      expect(await names()).to.have.members(['google-main', 'gazetteer']);
      cached.invalidate(TENANT);
      expect(await names()).to.deep.equal(['google-main']);
    });
  });
});
