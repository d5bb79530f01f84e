import { answeredReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, redisServer, startRedisCluster } from '../../support/redis-server.ts';
import { describeRateLimiter, type LimiterUnderTest } from '../../contract/rate-limiter.contract.ts';

/**
 * Redis's clock, advanced by an offset, since a test cannot wait for a month. It does not run by itself, so that no
 * window ends early when the machine delays the test between two calls.
 */
const onRedis = async (url: string): Promise<LimiterUnderTest> => {
  const standsAt = Date.now();
  let offset = 0;
  const replica = await answeredReplica({
    url,
    keyPrefix: freshKeyPrefix(),
    timeOffset: () => offset,
    standsAt,
    commandTimeoutMs: 5_000,
  });
  return {
    limiter: replica.limiter,
    now: () => Promise.resolve(standsAt + offset),
    advance: async (milliseconds) => {
      offset += milliseconds;
    },
    stop: async () => {
      await replica.close();
      if (replica.fallbacks() > 0) throw new Error(`${replica.fallbacks()} calls were counted without Redis`);
    },
  };
};

describeRateLimiter('RedisRateLimiter', async () => onRedis((await redisServer()).url));

describe('on a cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  before(async () => {
    cluster = await startRedisCluster();
  });
  after(() => cluster.stop());

  describeRateLimiter('RedisRateLimiter', () => onRedis(cluster.url));
});
