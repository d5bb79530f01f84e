import { expect } from 'chai';
import { RedisFlights } from '../../../src/infrastructure/redis/flights/redis-flights.ts';
import type { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { describeClusterFlights, type FlightsRig } from '../../contract/cluster-flights.contract.ts';
import { openRedis } from '../../support/redis-rig.ts';
import { freshKeyPrefix, redisServer, startRedis, startRedisCluster } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

/** As in production. Leaders renew three times as often: a busy machine may stall this process for most of it. */
const LEASE_MS = 1_500;

/** Timers that can be stopped permanently, which leaves the state of a process after kill -9. */
const mortalTimers = () => {
  const running = new Set<NodeJS.Timeout>();
  let isDead = false;
  return {
    set: (callback: () => void, ms: number) => {
      const timer = setTimeout(() => isDead || callback(), ms);
      running.add(timer);
      return timer;
    },
    clear: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
    kill: () => {
      isDead = true;
      for (const timer of running) clearTimeout(timer);
    },
  };
};

const rigOn = (url: () => string) => async (): Promise<FlightsRig> => {
  const keyPrefix = freshKeyPrefix();
  const connections: RedisConnection[] = [];
  return {
    leaseMs: LEASE_MS,
    join: async () => {
      const redis = await openRedis(url(), keyPrefix);
      connections.push(redis);
      const timers = mortalTimers();
      const flights = new RedisFlights({ redis, ids: systemIds, timers, leaseMs: LEASE_MS });
      await flights.ready();
      return {
        board: (key, askedMsAgo, signal) => flights.board(key, askedMsAgo, signal),
        kill: timers.kill,
      };
    },
    leave: async () => void (await Promise.all(connections.map((redis) => redis.close()))),
  };
};

describe('flights on Redis', () => {
  let url = '';
  before(async () => {
    ({ url } = await redisServer());
  });
  describeClusterFlights(
    'RedisFlights on a server',
    rigOn(() => url),
  );
});

describe('flights on a Redis where another client wrote', () => {
  it('remove a key of another type, and share the next flight', async () => {
    const { url } = await redisServer();
    const redis = await openRedis(url, freshKeyPrefix());
    const timers = mortalTimers();
    const flights = new RedisFlights({ redis, ids: systemIds, timers, leaseMs: LEASE_MS });
    await flights.ready();
    const key = systemIds.uuid();
    await redis.run('spoil', (client) => client.set(`${redis.keyPrefix}flight:{${key}}`, 'a text'));
    expect((await flights.board(key, 0, undefined)).kind).to.equal('alone');
    const boarding = await until(
      () => flights.board(key, 0, undefined),
      ({ kind }) => kind !== 'alone',
    );
    expect(boarding.kind).to.equal('leader');
    timers.kill();
    await redis.close();
  });
});

describe('flights on Redis Cluster', () => {
  let url = '';
  let stop: () => Promise<void>;
  before(async () => {
    const cluster = await startRedisCluster();
    ({ url, stop } = cluster);
  });
  after(() => stop());
  describeClusterFlights(
    'RedisFlights on a cluster',
    rigOn(() => url),
  );
});

describe('flights on a Redis that is unavailable at the start', () => {
  it('are shared as soon as it is available', async () => {
    const server = await startRedis();
    await server.kill();
    const redis = await openRedis(server.url, freshKeyPrefix(), {}, 100);
    const timers = mortalTimers();
    const flights = new RedisFlights({ redis, ids: systemIds, timers, leaseMs: LEASE_MS });
    expect((await flights.board(systemIds.uuid(), 0, undefined)).kind).to.equal('alone');
    await server.restart();
    await flights.ready();
    const key = systemIds.uuid();
    const boarding = await until(
      () => flights.board(key, 0, undefined),
      ({ kind }) => kind !== 'alone',
    );
    expect(boarding.kind).to.equal('leader');
    timers.kill();
    await redis.close();
    await server.stop();
  });
});
