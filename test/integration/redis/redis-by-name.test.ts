import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import { RedisConnection } from '../../../src/infrastructure/redis/redis-connection.ts';
import { parseRedisUrl } from '../../../src/infrastructure/redis/redis-url.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { startRedis, type PrivateRedis } from '../../support/redis-server.ts';
import { tlsFiles } from '../../support/tls-files.ts';

const read = (file: string): string => readFileSync(file, 'utf8');

describe('RedisConnection to a server that shares its port with others', () => {
  let server: PrivateRedis;
  let gate: Server;
  let asked: (string | false | undefined)[];
  const url = (host: string): string => `rediss://${host}:${(gate.address() as AddressInfo).port}`;

  before(async () => {
    server = await startRedis();
    // As a proxy that leads on by the name asked for: who asks for none is at the wrong door.
    gate = createServer({ key: read(tlsFiles.key), cert: read(tlsFiles.certificate) }, (client) => {
      const { servername } = client as { readonly servername?: string | false };
      asked.push(servername);
      const behind = connect({ host: '127.0.0.1', port: server.port });
      client.on('error', () => behind.destroy()).on('close', () => behind.destroy());
      behind.on('error', () => client.destroy()).on('close', () => client.destroy());
      if (servername === 'localhost') client.pipe(behind).pipe(client);
      else client.destroy();
    });
    await new Promise<void>((resolve) => void gate.listen(0, resolve));
  });
  beforeEach(() => void (asked = []));
  after(async () => {
    await server.stop();
    await new Promise((resolve) => gate.close(resolve));
  });

  const opened = async (text: string): Promise<RedisConnection> => {
    const target = parseRedisUrl(text);
    if (isLeft(target)) throw new Error(target.left);
    const redis = new RedisConnection({
      target: { ...target.right, ca: read(tlsFiles.authority) },
      keyPrefix: 'test:',
      sleep: systemSleep,
      monotonic: systemClock.monotonic,
      random: Math.random,
      commandTimeoutMs: 5_000,
    });
    await redis.firstAnswer(2_000);
    return redis;
  };

  it('names whom it wants, for commands and subscriptions', async () => {
    const redis = await opened(url('localhost'));
    const subscription = redis.subscribe('test:news', {
      onMessage: () => undefined,
      onLost: () => undefined,
    });
    const pong = await redis.run('ping', (client) => client.ping()).catch(String);
    if (pong === 'PONG') await subscription.begun();
    await redis.close();
    expect([pong, new Set(asked)]).to.deep.equal(['PONG', new Set(['localhost'])]);
  });

  it('names nobody where it has but an address, which is no name', async () => {
    const redis = await opened(url('127.0.0.1'));
    await redis.close();
    expect(new Set(asked)).to.deep.equal(new Set([false]));
  });
});
