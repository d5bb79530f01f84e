import { expect } from 'chai';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { parseRedisUrl } from '../../../src/infrastructure/redis/connection/redis-url.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import {
  startRedis,
  startRedisCluster,
  startSentinelNaming,
  type PrivateRedis,
} from '../../support/redis-server.ts';
import { tlsFiles } from '../../support/tls-files.ts';

const read = (file: string): string => readFileSync(file, 'utf8');

type Gate = { readonly port: number; readonly close: () => Promise<void> };

/**
 * A proxy that forwards by the server name requested (SNI): a client without one is refused, unless `anybody` is
 * allowed.
 */
const openGate = async (
  behindPort: number,
  asked: (name: string | false | undefined) => void,
  anybody = false,
): Promise<Gate> => {
  const files = { key: read(tlsFiles.key), cert: read(tlsFiles.certificate) };
  const server = createServer(files, (client) => {
    const { servername } = client as { readonly servername?: string | false };
    asked(servername);
    const behind = connect({ host: '127.0.0.1', port: behindPort });
    client.on('error', () => behind.destroy()).on('close', () => behind.destroy());
    behind.on('error', () => client.destroy()).on('close', () => client.destroy());
    if (anybody || servername === 'localhost') client.pipe(behind).pipe(client);
    else client.destroy();
  });
  // A client without TLS, as a Sentinel that monitors its master, is ignored.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, resolve));
  const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, close };
};

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

/** The result of a command, after a subscription if there was one. */
const usedFor = async (redis: RedisConnection): Promise<unknown> => {
  const listener = { onMessage: () => undefined, onLost: () => undefined };
  const subscription = redis.subscribe('test:news', listener);
  const reply = await redis.run('set', (client) => client.set('test:key', 'here')).catch(String);
  if (reply === 'OK') await subscription.begun();
  await redis.close();
  return reply;
};

describe('RedisConnection to a server that shares its port with others', () => {
  let server: PrivateRedis;
  let gate: Gate;
  let asked: (string | false | undefined)[];
  const note = (name: string | false | undefined): void => void asked.push(name);

  before(async () => {
    server = await startRedis();
    gate = await openGate(server.port, note);
  });
  beforeEach(() => void (asked = []));
  after(async () => {
    await server.stop();
    await gate.close();
  });

  it('sends the server name, for commands and subscriptions', async () => {
    const reply = await usedFor(await opened(`rediss://localhost:${gate.port}`));
    expect([reply, new Set(asked)]).to.deep.equal(['OK', new Set(['localhost'])]);
  });

  it('sends no server name for a plain IP address', async () => {
    const redis = await opened(`rediss://127.0.0.1:${gate.port}`);
    await redis.close();
    expect(new Set(asked)).to.deep.equal(new Set([false]));
  });

  it('sends the name of the master that a Sentinel reports', async () => {
    const sentinel = await startSentinelNaming('localhost', gate.port);
    const door = await openGate(Number(new URL(sentinel.url).port), () => undefined, true);
    const reply = await usedFor(await opened(`rediss://127.0.0.1:${door.port}?sentinel=the-master`));
    await sentinel.stop();
    await door.close();
    expect([reply, new Set(asked)]).to.deep.equal(['OK', new Set(['localhost'])]);
  });
});

describe('RedisConnection to a cluster whose members share a port with others', () => {
  it('sends the name of the configured member, and those of the members it reports', async () => {
    const cluster = await startRedisCluster(1);
    const port = cluster.nodes[0]?.port ?? 0;
    const asked: string[] = [];
    const given = await openGate(port, (name) => void asked.push(`given: ${name}`));
    const told = await openGate(port, (name) => void asked.push(`told: ${name}`));
    const owner = new Redis(port);
    await owner.config('SET', 'cluster-announce-port', told.port);
    await owner.config('SET', 'cluster-announce-hostname', 'localhost');
    await owner.config('SET', 'cluster-preferred-endpoint-type', 'hostname');
    owner.disconnect();
    const reply = await usedFor(await opened(`rediss://localhost:${given.port}?cluster=true`));
    await cluster.stop();
    await given.close();
    await told.close();
    expect([reply, new Set(asked)]).to.deep.equal(['OK', new Set(['given: localhost', 'told: localhost'])]);
  });
});
