import { expect } from 'chai';
import type { QuotaSubject } from '../../../src/domain/rate-limit/quota.ts';
import { fakeQuotaStateStore, type FakeQuotaStateStore } from '../../support/fake-quota-state-store.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { answeredReplica, type LimiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, redisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

const subjects: readonly QuotaSubject[] = Array.from({ length: 450 }, (_, number) =>
  aSubject({ minute: 10, day: 100 }, `service-${number}`, `tenant-${number % 225}`),
);
const [longUnused] = subjects;

describe('RedisRateLimiter with many subjects, when Redis has lost its data', () => {
  let keyPrefix: string;
  let store: FakeQuotaStateStore;
  let replica: LimiterReplica;
  beforeEach(async () => {
    [keyPrefix, store] = [freshKeyPrefix(), fakeQuotaStateStore()];
    const { url } = await redisServer();
    replica = await answeredReplica({ url, keyPrefix, store: store.connect(), commandTimeoutMs: 5_000 });
    for (const subject of subjects) await replica.limiter.take([subject], 3);
  });
  afterEach(() => replica.close());

  const loseAll = async (of = ''): Promise<void> => {
    const { redis } = replica;
    const keys = await redis.run('keys', (client) => client.keys(`${keyPrefix}${of}*`));
    await redis.run('delete', (client) => client.del(...keys));
  };
  const areAllTold = async (): Promise<boolean> => {
    const { redis } = replica;
    const keys = await redis.run('keys', (client) => client.keys(`${keyPrefix}quota:*}:service-*`));
    return keys.filter((key) => !/:(minute|day)$/.test(key)).length === subjects.length;
  };

  it('reads their rows in pages, whatever the number of tenants', async () => {
    const before = store.loads();
    await loseAll();
    await until(areAllTold, (areTold) => areTold);
    expect(store.loads() - before).to.be.at.most(3);
    const read = store.loaded().slice(before).flat();
    expect(new Set(read)).to.deep.equal(new Set(subjects.map(({ subjectId }) => subjectId)));
    expect(read).to.have.length(subjects.length);
  });

  it('also reads them in pages where only some were lost, as with one member of a cluster', async () => {
    const before = store.loads();
    await loseAll('quota:');
    await until(areAllTold, (areTold) => areTold);
    expect(store.loads() - before).to.be.at.most(4);
    expect(new Set(store.loaded().slice(before).flat())).to.have.property('size', subjects.length);
  });

  it('reads and reports those first that are in use meanwhile', async () => {
    const before = store.loads();
    const reading = Promise.withResolvers<void>();
    store.before = async (operation) => (operation === 'load' ? reading.promise : undefined);
    await loseAll();
    await until(
      async () => store.loads(),
      (loads) => loads > before,
    );
    expect(store.loaded()[before]).not.to.include(longUnused?.subjectId);
    await replica.limiter.take(longUnused === undefined ? [] : [longUnused], 1);
    reading.resolve();
    await until(areAllTold, (areTold) => areTold);
    expect(store.loaded()[before + 1]?.[0]).to.equal(longUnused?.subjectId);
  });
});
