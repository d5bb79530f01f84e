import { expect } from 'chai';
import { reasonOf, RedisAway } from '../../../../src/infrastructure/redis/connection/redis-away.ts';
import { RedisRateLimiter } from '../../../../src/infrastructure/redis/quota/redis-rate-limiter.ts';
import { systemClock, systemSleep } from '../../../../src/infrastructure/system/system-clock.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { aSubject } from '../../../support/quota-subjects.ts';
import { eventually } from '../../../support/until.ts';

describe('RedisRateLimiter that is asked for the state of windows', () => {
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

  it('hides no bug behind that, just as taking hides none', async () => {
    answer = async () => 'no answer of ours';
    const met = await peek().catch((error: unknown) => error);
    expect(met).to.be.instanceOf(SyntaxError);
  });
});

describe('RedisRateLimiter that Redis does not serve as it should', () => {
  it('says why, also where it has found Redis away before', async () => {
    let isAway = true;
    const refused = Object.assign(new Error('ERR Unknown Redis command called from script script: 0a1b'), {
      name: 'ReplyError',
    });
    let reason: unknown;
    const limiter = new RedisRateLimiter({
      redis: {
        keyPrefix: '',
        get isAway() {
          return isAway;
        },
        script: () => async () => undefined,
        run: () => Promise.reject(refused),
      },
      clock: systemClock,
      sleep: systemSleep,
      store: fakeQuotaStateStore().connect(),
      id: 'a',
      onFallback: (_, why) => (reason = why),
    });
    const why = async (): Promise<string> => {
      await limiter.take([aSubject({ minute: 5 })], 1);
      return reasonOf(reason);
    };
    expect(await why()).to.equal('away');
    isAway = false;
    await eventually('the reason', async () => ((await why()) === 'unknown command' ? true : undefined));
    await limiter.close();
  });
});
