import { right } from '../../../src/domain/shared/fp.ts';
import { memoryCacheTier } from '../../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../../src/infrastructure/cache/tiered-cache-store.ts';
import { postgresCacheTier } from '../../../src/infrastructure/postgres/cache/postgres-cache-tier.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { describeCacheStore } from '../../contract/cache-store.contract.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aContext, anExternalService, OTHER_TENANT } from '../../support/an-external-service.ts';
import { L1_MS, OTHER_SERVICE_ID, SERVICE_ID } from '../../support/cache-store-rig.ts';
import { faultyCacheTier, noFaults } from '../../support/faulty-cache-tier.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('the cache on PostgreSQL', () => {
  const { database } = migratedDatabase();

  beforeEach(async () => {
    const unitOfWork = postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    });
    for (const service of [
      anExternalService({ id: SERVICE_ID }),
      anExternalService({ id: OTHER_SERVICE_ID, tenantId: OTHER_TENANT }),
    ])
      await unitOfWork.run(aContext(service.tenantId), async (tx) => right(await tx.services.add(service)));
  });

  describeCacheStore(
    'TieredCacheStore over integration_cache',
    async () => {
      await database().pool.query('delete from integration_cache; delete from cache_invalidations');
      const clock = fixedClock();
      const faults = noFaults();
      const l2 = faultyCacheTier(postgresCacheTier(database(), systemSleep), faults);
      return {
        clock,
        faults,
        firstTier: 'own',
        open: (maxEntries = 1_000) =>
          new TieredCacheStore({
            l1: memoryCacheTier(maxEntries, clock),
            l2,
            clock,
            l1Ms: L1_MS,
            onBrokenTier: (error) => {
              if (!String(error).includes('the tier is away')) throw error;
            },
          }),
        hitsOf: async (tenant, key) => {
          const { rows } = await database().pool.query<{ hits: number }>(
            'select hit_count::int as hits from integration_cache where management_company_id = $1 and cache_key = $2',
            [tenant, key],
          );
          return rows[0]?.hits ?? 0;
        },
      };
    },
    15,
  );
});
