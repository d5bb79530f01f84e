import { expect } from 'chai';
import { RedisFlights } from '../../../../src/infrastructure/redis/flights/redis-flights.ts';
import type { SubscriptionListener } from '../../../../src/infrastructure/redis/connection/redis-subscription.ts';
import { turn } from '../../../support/fixed-clock.ts';
import { sequentialIds } from '../../../support/sequential-ids.ts';

type Redis = ConstructorParameters<typeof RedisFlights>[0]['redis'];

/** A Redis that says another replica leads every flight, and timers that fire when the test tells them to. */
const followed = async () => {
  const listeners: SubscriptionListener[] = [];
  const timers: (() => void)[] = [];
  const redis = {
    keyPrefix: 'test:',
    script: () => async () => ['follower', 7, 1_500],
    run: async (_name: string, work: () => Promise<unknown>) => work(),
    subscribe: (_channel: string, listener: SubscriptionListener) => {
      listeners.push(listener);
      return { begun: async () => undefined, isHeard: true };
    },
  } as unknown as Redis;
  const flights = new RedisFlights({
    redis,
    ids: sequentialIds(),
    timers: { set: (callback) => timers.push(callback), clear: () => undefined },
  });
  const boarding = await flights.board('key', 0, undefined);
  if (boarding.kind !== 'follower') throw new Error(`not a follower but ${boarding.kind}`);
  return {
    news: boarding.news,
    ring: () => timers.splice(0).forEach((callback) => callback()),
    message: (text: string) => listeners.forEach(({ onMessage }) => onMessage(text)),
  };
};

describe('A follower in a process that was held up longer than the lease', () => {
  it('learns what the leader had landed with by then', async () => {
    const { news, ring, message } = await followed();
    // Timers run before the sockets are read.
    ring();
    message('7 key {"kind":"look"}');
    expect(await news).to.equal('{"kind":"look"}');
  });

  it('stops waiting when there is nothing to learn', async () => {
    const { news, ring } = await followed();
    ring();
    await turn();
    expect(await news).to.equal(undefined);
  });
});
