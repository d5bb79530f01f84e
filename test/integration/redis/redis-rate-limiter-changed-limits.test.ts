import { expect } from 'chai';
import type { QuotaLimits } from '../../../src/domain/rate-limit/quota.ts';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { fakeQuotaStateStore, type FakeQuotaStateStore } from '../../support/fake-quota-state-store.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { answeredReplica, type LimiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, redisServer } from '../../support/redis-server.ts';

const HALF_AN_HOUR_MS = 1_800_000;

describe('RedisRateLimiter whose limits are changed', () => {
  let url: string;
  let keyPrefix: string;
  let offset: number;
  let store: FakeQuotaStateStore;
  beforeEach(async () => {
    ({ url } = await redisServer());
    [keyPrefix, offset, store] = [freshKeyPrefix(), 0, fakeQuotaStateStore()];
  });

  /** Works with a replica that is then stopped in order. */
  const atReplica = async <A>(work: (replica: LimiterReplica) => Promise<A>): Promise<A> => {
    const replica = await answeredReplica({
      url,
      keyPrefix,
      store: store.connect(),
      timeOffset: () => offset,
      commandTimeoutMs: 5_000,
    });
    try {
      return await work(replica);
    } finally {
      await replica.close();
    }
  };
  const calls = (limits: QuotaLimits, count: number) =>
    atReplica(async ({ limiter }) => {
      let granted = 0;
      for (let call = 0; call < count; call += 1) {
        offset += 10;
        if (isRight(await limiter.take([aSubject(limits)], 1))) granted += 1;
      }
      return granted;
    });
  /** Removes what Redis would have expired after this time without a call. */
  const passesQuietly = (milliseconds: number) =>
    atReplica(async ({ redis }) => {
      offset += milliseconds;
      for (const key of await redis.run('keys', (client) => client.keys(`${keyPrefix}quota:*`)))
        if ((await redis.run('pttl', (client) => client.pttl(key))) < milliseconds)
          await redis.run('delete', (client) => client.del(key));
    });

  it('counts calls once in a window whose limit is removed and restored after a while', async () => {
    expect(await calls({ minute: 60, day: 100 }, 40)).to.equal(40);
    expect(await calls({ minute: 60 }, 1)).to.equal(1);
    await passesQuietly(HALF_AN_HOUR_MS);
    expect(await calls({ minute: 60, day: 100 }, 60)).to.equal(60);
  });
});
