import { limiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, redisServer, startRedisCluster } from '../../support/redis-server.ts';
import { describeRateLimiter, type LimiterUnderTest } from '../../contract/rate-limiter.contract.ts';

/** Redis's clock, moved forward by an offset: a test cannot wait for a month. */
const onRedis = async (url: string): Promise<LimiterUnderTest> => {
  let offset = 0;
  const replica = await limiterReplica({
    url,
    keyPrefix: freshKeyPrefix(),
    timeOffset: () => offset,
    commandTimeoutMs: 1_000,
  });
  return {
    limiter: replica.limiter,
    now: async () => {
      const [seconds = 0, micros = 0] = await replica.redis.run('time', (client) => client.time());
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) + offset;
    },
    advance: async (milliseconds) => {
      offset += milliseconds;
    },
    toleranceMs: 900,
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
