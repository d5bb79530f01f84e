import { memoryCacheTier } from '../../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../../src/infrastructure/cache/tiered-cache-store.ts';
import { RedisCacheTier } from '../../../src/infrastructure/redis/cache/redis-cache-tier.ts';
import type { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { redisSharedPurges } from '../../../src/infrastructure/redis/cache/redis-shared-purges.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { describeCacheStore } from '../../contract/cache-store.contract.ts';
import { L1_MS, type MakeCacheStoreRig } from '../../support/cache-store-rig.ts';
import { faultyCacheTier, noFaults } from '../../support/faulty-cache-tier.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { fakeCacheTier } from '../../support/memory-cache-tier-fake.ts';
import { openRedis, withKeyPrefix } from '../../support/redis-rig.ts';
import { freshKeyPrefix, redisServer, startRedisCluster } from '../../support/redis-server.ts';

/** Each rig is a separate cache; all its processes share the first tier. */
const rigOn =
  (connection: () => RedisConnection): MakeCacheStoreRig =>
  async () => {
    const clock = fixedClock();
    const tier = fakeCacheTier();
    const faults = noFaults();
    const redis = withKeyPrefix(connection(), freshKeyPrefix());
    return {
      clock,
      faults,
      firstTier: 'shared',
      open: (maxEntries = 1_000) =>
        new TieredCacheStore({
          l1: new RedisCacheTier({ redis, local: memoryCacheTier(maxEntries, clock), clock, maxEntries }),
          l2: faultyCacheTier(tier, faults),
          sharedPurges: redisSharedPurges(redis, systemIds),
          clock,
          l1Ms: L1_MS,
          onBrokenTier: () => undefined,
        }),
      hitsOf: async (_tenant, key) => tier.hits.get(key) ?? 0,
    };
  };

describe('the cache on Redis', () => {
  let redis: RedisConnection;
  before(async () => {
    redis = await openRedis((await redisServer()).url, freshKeyPrefix());
  });
  after(() => redis.close());
  describeCacheStore(
    'TieredCacheStore with its first tier on a server',
    rigOn(() => redis),
  );
});

describe('the cache on Redis Cluster', () => {
  let redis: RedisConnection;
  let stop: () => Promise<void>;
  before(async () => {
    const cluster = await startRedisCluster();
    stop = cluster.stop;
    redis = await openRedis(cluster.url, freshKeyPrefix());
  });
  after(async () => {
    await redis.close();
    await stop();
  });
  describeCacheStore(
    'TieredCacheStore with its first tier on a cluster',
    rigOn(() => redis),
    15,
  );
});
