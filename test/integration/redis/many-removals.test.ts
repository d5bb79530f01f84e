import { expect } from 'chai';
import { memoryCacheTier } from '../../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../../src/infrastructure/cache/tiered-cache-store.ts';
import { RedisCacheTier } from '../../../src/infrastructure/redis/cache/redis-cache-tier.ts';
import type { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { redisSharedPurges } from '../../../src/infrastructure/redis/cache/redis-shared-purges.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { anEntry, keyOf, L1_MS, persisted } from '../../support/cache-store-rig.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { fakeCacheTier } from '../../support/memory-cache-tier-fake.ts';
import { openRedis } from '../../support/redis-rig.ts';
import { freshKeyPrefix, startRedis, type PrivateRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

describe('many removals while Redis is unavailable', () => {
  let server: PrivateRedis;
  let redis: RedisConnection;
  beforeEach(async () => {
    server = await startRedis();
    redis = await openRedis(server.url, freshKeyPrefix(), { commandTimeoutMs: 400 });
  });
  afterEach(async () => {
    await redis.close();
    await server.stop();
  });

  const isAway = async (wanted: boolean): Promise<void> => {
    await until(
      async () => redis.isAway,
      (away) => away === wanted,
    );
  };

  it('are replaced by a purge of the tenant when there are too many to be remembered', async () => {
    const clock = fixedClock();
    const l2 = fakeCacheTier();
    const [teller, other] = [1, 2].map(
      () =>
        new TieredCacheStore({
          l1: new RedisCacheTier({ redis, local: memoryCacheTier(10, clock), clock, maxEntries: 10 }),
          l2,
          sharedPurges: redisSharedPurges(redis, systemIds),
          clock,
          l1Ms: L1_MS,
          onBrokenTier: (error) => {
            throw error;
          },
        }),
    );
    if (teller === undefined || other === undefined) throw new Error('no stores');
    const removed = anEntry(clock);
    const neighbours = anEntry(clock, { key: keyOf('Тверская 13', OTHER_TENANT) });
    await teller.store(TENANT, removed, persisted);
    await teller.store(OTHER_TENANT, neighbours, persisted);
    expect(await other.find(TENANT, removed.key)).to.include({ layer: 'l1' });
    clock.advance(1_000);
    server.freeze();
    await isAway(true);
    for (let n = 0; n < 1_000; n += 1) await teller.remove(TENANT, keyOf(`Навои ${n}`));
    await teller.remove(TENANT, removed.key);
    expect(await teller.find(TENANT, removed.key)).to.be.a('string');
    server.thaw();
    await isAway(false);
    expect(await teller.find(TENANT, removed.key)).to.be.a('string');
    expect(await other.find(TENANT, removed.key)).to.be.a('string');
    expect(await other.find(OTHER_TENANT, neighbours.key)).to.include({ layer: 'l1' });
    clock.advance(1);
    const later = anEntry(clock);
    await teller.store(TENANT, later, persisted);
    expect(await other.find(TENANT, later.key)).to.include({ layer: 'l1' });
  });
});
