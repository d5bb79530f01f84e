import { expect } from 'chai';
import type { ExternalService } from '../../../src/domain/external-service/external-service.ts';
import { right } from '../../../src/domain/shared/fp.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import {
  healthCounts,
  servicesToProbe,
} from '../../../src/infrastructure/postgres/services/service-overview.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aContext, anExternalService, anId, NOON, OTHER_TENANT } from '../../support/an-external-service.ts';
import { migratedDatabase } from './postgres-fixture.ts';

/** Services that were checked before NOON. */
const due = (change: { readonly limit?: number } = {}) => ({
  now: NOON + 5,
  everyMs: 5,
  limit: 10,
  ...change,
});

describe('the overview of the services of all tenants', () => {
  const { database } = migratedDatabase();
  const add = async (...services: readonly Partial<ExternalService>[]) => {
    const unitOfWork = postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    });
    for (const [n, change] of services.entries()) {
      const service = anExternalService({ id: anId(n + 1), serviceName: `service-${n + 1}`, ...change });
      await unitOfWork.run(aContext(service.tenantId), async (tx) => right(await tx.services.add(service)));
    }
  };

  it('counts the active ones by provider and health', async () => {
    await add(
      { healthStatus: 'healthy' },
      { healthStatus: 'healthy', tenantId: OTHER_TENANT },
      { healthStatus: 'degraded' },
      { healthStatus: 'unhealthy', provider: 'yandex_maps' },
      { healthStatus: 'unhealthy', isActive: false },
    );
    expect(await healthCounts(database())).to.have.deep.members([
      { service: 'google_maps', status: 'healthy', count: 2 },
      { service: 'google_maps', status: 'degraded', count: 1 },
      { service: 'yandex_maps', status: 'unhealthy', count: 1 },
    ]);
  });

  it('is empty when there are none', async () => {
    expect(await healthCounts(database())).to.deep.equal([]);
    expect(await servicesToProbe(database(), ['google_maps'], due())).to.deep.equal([]);
  });

  it('returns services to probe, never checked and longest unchecked first, up to a limit', async () => {
    const neverChecked = anExternalService({
      id: anId(3),
      serviceName: 'service-3',
      lastHealthCheck: undefined,
    });
    await add(
      { lastHealthCheck: NOON - 10 },
      { lastHealthCheck: NOON - 500, tenantId: OTHER_TENANT },
      neverChecked,
      { lastHealthCheck: NOON },
    );
    const found = await servicesToProbe(database(), ['google_maps'], due());
    expect(found.map(({ id }) => id)).to.deep.equal([anId(3), anId(2), anId(1)]);
    expect(found[0]).to.deep.equal(neverChecked);
    expect(await servicesToProbe(database(), ['google_maps'], due({ limit: 2 }))).to.have.length(2);
  });

  it('also returns those checked by a process whose clock was ahead', async () => {
    const DAY = 86_400_000;
    await add({ lastHealthCheck: NOON + DAY }, { lastHealthCheck: NOON + 30_000 });
    const found = await servicesToProbe(database(), ['google_maps'], due());
    expect(found.map(({ id }) => id)).to.deep.equal([anId(1)]);
  });

  it('omits inactive ones and providers that were not asked for', async () => {
    await add(
      { isActive: false, lastHealthCheck: undefined },
      { provider: 'gazetteer', lastHealthCheck: undefined },
    );
    expect(await servicesToProbe(database(), ['google_maps', 'yandex_maps'], due())).to.deep.equal([]);
    expect(await servicesToProbe(database(), [], due())).to.deep.equal([]);
  });
});
