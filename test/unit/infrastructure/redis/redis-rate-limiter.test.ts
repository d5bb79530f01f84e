import { expect } from 'chai';
import { RedisAway } from '../../../../src/infrastructure/redis/connection/redis-away.ts';
import { RedisRateLimiter } from '../../../../src/infrastructure/redis/quota/redis-rate-limiter.ts';
import { systemClock, systemSleep } from '../../../../src/infrastructure/system/system-clock.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { aSubject } from '../../../support/quota-subjects.ts';

describe('RedisRateLimiter that is asked where windows stand', () => {
  let answer: () => Promise<unknown>;
  let limiter: RedisRateLimiter;
  beforeEach(() => {
    limiter = new RedisRateLimiter({
      redis: {
        keyPrefix: '',
        isAway: true,
        script: () => async () => undefined,
        run: async <A>() => (await answer()) as A,
      },
      clock: systemClock,
      sleep: systemSleep,
      store: fakeQuotaStateStore().connect(),
      id: 'a',
    });
  });
  afterEach(() => limiter.close());
  const peek = () => limiter.peek([aSubject({ minute: 5 })]);

  it('tells what it knows itself while Redis is away', async () => {
    answer = () => Promise.reject(new RedisAway('cut'));
    const [window] = await peek();
    expect(window).to.deep.include({ window: 'minute', limit: 5 });
  });

  it('hides no bug behind that, as it hides none from who takes', async () => {
    answer = async () => 'no answer of ours';
    const met = await peek().catch((error: unknown) => error);
    expect(met).to.be.instanceOf(SyntaxError);
  });
});
