import { expect } from 'chai';
import { Redis } from 'ioredis';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import { openSubscriber } from '../../../src/infrastructure/redis/connection/redis-clients.ts';
import { RedisSubscription } from '../../../src/infrastructure/redis/connection/redis-subscription.ts';
import { parseRedisUrl } from '../../../src/infrastructure/redis/connection/redis-url.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.ts';
import { startRedis, type PrivateRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

const CHANNEL = 'test:news';

describe('RedisSubscription', () => {
  let server: PrivateRedis;
  let proxy: FaultProxy;
  let direct: Redis;
  const told: string[] = [];
  const subscribed: RedisSubscription[] = [];

  beforeEach(async () => {
    server = await startRedis();
    proxy = await startFaultProxy({ host: '127.0.0.1', port: server.port });
    direct = new Redis(server.port);
    told.length = 0;
  });
  afterEach(async () => {
    for (const one of subscribed.splice(0)) one.close();
    direct.disconnect();
    await proxy.close();
    await server.stop();
  });

  const subscribe = (): RedisSubscription => {
    const target = parseRedisUrl(`redis://127.0.0.1:${proxy.port}`);
    if (isLeft(target)) throw new Error(target.left);
    const client = openSubscriber(target.right, Math.random);
    client.on('error', () => undefined);
    const sut = new RedisSubscription({
      client,
      channel: CHANNEL,
      sleep: systemSleep,
      onMessage: (text) => told.push(text),
      onLost: () => told.push('lost'),
    });
    subscribed.push(sut);
    return sut;
  };
  const heard = async (text: string): Promise<void> => {
    await until(
      () => direct.publish(CHANNEL, text),
      (receivers) => receivers > 0,
    );
    await until(
      async () => told.at(-1),
      (last) => last === text,
    );
  };

  it('is made even if the first request was lost', async () => {
    proxy.hang('to-client');
    const sut = subscribe();
    // The connection was given up because it was silent, with the requests on it.
    await until(
      async () => /total_connections_received:(\d+)/.exec(await direct.info('stats'))?.[1],
      (connections) => Number(connections) >= 4,
    );
    expect(sut.isHeard).to.equal(false);
    proxy.pass();
    await sut.begun();
    await heard('after all');
    expect(told).to.deep.equal(['after all']);
  });

  it('notices and reports that its connection has died silently', async () => {
    const sut = subscribe();
    await sut.begun();
    proxy.hang();
    await until(
      async () => told.at(-1),
      (last) => last === 'lost',
    );
    expect(sut.isHeard).to.equal(false);
    proxy.pass();
    await until(
      async () => sut.isHeard,
      (isHeard) => isHeard,
    );
    await heard('again');
  });

  it('retries as long as Redis does not permit it', async () => {
    await direct.call('ACL', 'SETUSER', 'default', 'resetchannels');
    const sut = subscribe();
    await until(
      async () =>
        /rejected_calls=(\d+)/.exec(
          /cmdstat_subscribe:.*/.exec(await direct.info('commandstats'))?.[0] ?? '',
        )?.[1],
      (refusals) => Number(refusals) >= 2,
    );
    expect(sut.isHeard).to.equal(false);
    await direct.call('ACL', 'SETUSER', 'default', 'allchannels');
    await sut.begun();
    await heard('allowed');
  });

  it('receives each message once, however often it subscribed', async () => {
    const sut = subscribe();
    await sut.begun();
    await until(
      async () =>
        /calls=(\d+)/.exec(/cmdstat_subscribe:.*/.exec(await direct.info('commandstats'))?.[0] ?? '')?.[1],
      (calls) => Number(calls) >= 3,
    );
    await direct.publish(CHANNEL, 'one');
    await heard('two');
    expect(told).to.deep.equal(['one', 'two']);
  });
});
