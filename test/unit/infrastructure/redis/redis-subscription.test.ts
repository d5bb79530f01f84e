import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import type { RedisClient } from '../../../../src/infrastructure/redis/connection/redis-clients.ts';
import { RedisSubscription } from '../../../../src/infrastructure/redis/connection/redis-subscription.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const LOOK_MS = 1_000;

describe('a subscription without a connection', () => {
  /** Its client never gets a connection; the test decides whether Redis answers over another one. */
  const unconnected = () => {
    const clock = fixedClock();
    const redis = { isAway: false };
    let told = 0;
    const client = Object.assign(new EventEmitter(), { status: 'reconnecting', disconnect: () => undefined });
    const subscription = new RedisSubscription({
      client: client as unknown as RedisClient,
      channel: 'answers',
      sleep: clock.sleep,
      onMessage: () => undefined,
      onLost: () => undefined,
      isAway: () => redis.isAway,
      onNoConnection: () => (told += 1),
    });
    return { clock, redis, subscription, told: () => told };
  };

  it('reports each second that it gets no connection where Redis is there, once it has had time to', async () => {
    const { clock, subscription, told } = unconnected();
    await clock.run(2 * LOOK_MS - 1);
    expect(told()).to.equal(0);
    await clock.run(2 * LOOK_MS);
    expect(told()).to.equal(2);
    subscription.close();
  });

  it('has that time also after Redis was unavailable, however long, when it could get none', async () => {
    const { clock, redis, subscription, told } = unconnected();
    redis.isAway = true;
    await clock.run(60 * LOOK_MS);
    redis.isAway = false;
    await clock.run(2 * LOOK_MS);
    expect(told()).to.equal(0);
    await clock.run(LOOK_MS);
    expect(told()).to.equal(1);
    subscription.close();
  });
});
