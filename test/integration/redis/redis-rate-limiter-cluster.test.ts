import { expect } from 'chai';
import { Redis } from 'ioredis';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { fakeQuotaStateStore } from '../../support/fake-quota-state-store.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { limiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, startRedis, startRedisCluster } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

describe('RedisRateLimiter on a cluster that loses a member', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  before(async () => {
    cluster = await startRedisCluster();
  });
  after(() => cluster.stop());

  it('continues with its share, and counts in Redis again when the member is back', async () => {
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
    await until(fellBack, (is) => !is);
    await replica.close();
  });
});

describe('RedisRateLimiter on a server whose replica takes over without the last calls', () => {
  it('grants nothing twice', async () => {
    const [master, copy] = [await startRedis(['--repl-diskless-sync-delay', '0']), await startRedis()];
    const target = { host: '127.0.0.1', port: master.port };
    const address = await startFaultProxy(target);
    const operator = new Redis(copy.port, '127.0.0.1');
    const options = {
      url: `redis://127.0.0.1:${address.port}`,
      keyPrefix: freshKeyPrefix(),
      commandTimeoutMs: 1_000,
    };
    // With rows, the leased permits would be withheld, and their number depends on when the rows were written.
    const table = fakeQuotaStateStore();
    table.before = async (operation) => {
      if (operation === 'save') throw new Error('a table that takes no rows');
    };
    const replica = () => limiterReplica({ ...options, store: table.connect() });
    const replicas = [await replica(), await replica()];
    let granted = 0;
    const take = async (times: number): Promise<void> => {
      for (let call = 0; call < times; call += 1)
        for (const { limiter } of replicas)
          if (isRight(await limiter.take([aSubject({ day: 100 })], 1))) granted += 1;
    };
    await take(20);
    await operator.call('REPLICAOF', '127.0.0.1', String(master.port));
    await until(
      async () => (await operator.keys(`${options.keyPrefix}quota:*`)).length,
      (keys) => keys === 2,
    );
    await operator.call('REPLICAOF', 'NO', 'ONE');
    await take(20);
    target.port = copy.port;
    address.reset();
    const fellBack = async (): Promise<boolean> => {
      const known = replicas.map((replica) => replica.fallbacks());
      await take(1);
      return replicas.some((replica, index) => replica.fallbacks() > (known[index] ?? 0));
    };
    await until(fellBack, Boolean);
    await until(fellBack, (is) => !is);
    await take(60);
    expect(granted).to.equal(100);
    operator.disconnect();
    await Promise.all(replicas.map((replica) => replica.close()));
    await address.close();
    await Promise.all([master.stop(), copy.stop()]);
  });
});
