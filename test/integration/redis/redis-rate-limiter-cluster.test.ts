import { expect } from 'chai';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { limiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, startRedisCluster } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

describe('RedisRateLimiter on a cluster that loses a member', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  before(async () => {
    cluster = await startRedisCluster();
  });
  after(() => cluster.stop());

  it('goes on by its share, and counts in Redis again when the member is back', async () => {
    const replica = await limiterReplica({ url: cluster.url, keyPrefix: freshKeyPrefix() });
    const tenants = Array.from({ length: 12 }, (_, index) => `tenant_${index}`);
    const takeOfEach = async (): Promise<number> => {
      const outcomes = await Promise.all(
        tenants.map((tenant) => replica.limiter.take([aSubject({ minute: 100 }, 'service-1', tenant)], 1)),
      );
      return outcomes.filter(isRight).length;
    };
    expect(await takeOfEach()).to.equal(tenants.length);
    const before = replica.fallbacks();
    const [member] = cluster.nodes;
    await member?.kill();
    expect(await takeOfEach()).to.equal(tenants.length);
    expect(replica.fallbacks()).to.be.greaterThan(before);
    await member?.restart();
    const fellBack = async (): Promise<boolean> => {
      const known = replica.fallbacks();
      await takeOfEach();
      return replica.fallbacks() > known;
    };
    await until(fellBack, (is) => !is, 20_000);
    await replica.close();
  });
});
