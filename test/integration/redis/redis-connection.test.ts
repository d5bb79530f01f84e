import { expect } from 'chai';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { isLeft } from '../../../src/domain/shared/fp.ts';
import { RedisAway } from '../../../src/infrastructure/redis/connection/redis-away.ts';
import { RedisConnection } from '../../../src/infrastructure/redis/connection/redis-connection.ts';
import { redisHealth } from '../../../src/infrastructure/redis/connection/redis-health.ts';
import { parseRedisUrl } from '../../../src/infrastructure/redis/connection/redis-url.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';

import { startFaultProxy } from '../../support/fault-proxy.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import {
  startRedis,
  startRedisCluster,
  startSentinelNaming,
  startTlsRedis,
  startWatchedRedis,
  type PrivateRedis,
} from '../../support/redis-server.ts';
import { tlsFiles } from '../../support/tls-files.ts';
import { startTlsSpoiler } from '../../support/tls-spoiler.ts';
import { until } from '../../support/until.ts';

type Opening = {
  readonly ca?: string;
  readonly commandTimeoutMs?: number;
  readonly monotonic?: () => number;
};

/** Long enough for a machine that is busy elsewhere, in tests that do not wait for this timeout. */
const PATIENT_MS = 5_000;
/** As in production: for tests in which Redis is frozen or not trusted, and is given up. */
const IMPATIENT_MS = 50;

const opened = async (
  url: string,
  { ca, commandTimeoutMs = PATIENT_MS, monotonic = systemClock.monotonic }: Opening = {},
) => {
  const target = parseRedisUrl(url);
  if (isLeft(target)) throw new Error(target.left);
  const told: string[] = [];
  const failed: string[] = [];
  const refused: string[] = [];
  const redis = new RedisConnection({
    target: ca === undefined ? target.right : { ...target.right, ca },
    keyPrefix: 'test:',
    sleep: systemSleep,
    monotonic,
    random: Math.random,
    commandTimeoutMs,
    onAway: ({ reason }) => told.push(`away: ${reason}`),
    onAnswering: () => told.at(-1) === 'answers' || told.push('answers'),
    onFailed: (operation) => failed.push(operation),
    onRefused: ({ reason }) => refused.push(reason),
  });
  await redis.firstAnswer(2_000);
  return { redis, told, failed, refused };
};

const DEAF = { onMessage: () => undefined, onLost: () => undefined };

/**
 * The sequence of states, however many reasons were reported for one loss: that depends on the times of the attempts.
 */
const statesOf = (told: readonly string[]): readonly (string | undefined)[] =>
  told.map((line) => line.split(':')[0]).filter((state, n, all) => state !== all[n - 1]);

const get = (redis: RedisConnection) => redis.run('get', (client) => client.get('test:key'));
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    (value) => value,
    (error: unknown) => (error instanceof RedisAway ? 'away' : error),
  );

describe('RedisConnection', () => {
  let server: PrivateRedis;
  let sut: Awaited<ReturnType<typeof opened>>;
  beforeEach(async () => {
    server = await startRedis();
    sut = await opened(server.url);
  });
  afterEach(async () => {
    await sut.redis.close();
    await server.stop();
  });

  it('sends commands to the server, and scripts by their hash', async () => {
    const { redis } = sut;
    const add = redis.script('addTo', `return redis.call('incrby', KEYS[1], ARGV[1])`, 1);
    expect([
      await redis.run('add', () => add('test:n', 2)),
      await redis.run('add', () => add('test:n', 3)),
    ]).to.deep.equal([2, 5]);
    await redis.run('flush', (client) => client.script('FLUSH'));
    expect(await redis.run('add', () => add('test:n', 4))).to.equal(9);
  });

  it('gives up a server that accepts and never answers, then refuses at once, and recovers by itself', async () => {
    const { redis, told } = await opened(server.url, { commandTimeoutMs: IMPATIENT_MS });
    server.freeze();
    const started = performance.now();
    for (let call = 0; call < 5; call += 1) expect(await outcomeOf(get(redis))).to.equal('away');
    expect(performance.now() - started).to.be.lessThan(10_000);
    const before = performance.now();
    for (let call = 0; call < 1_000; call += 1) expect(await outcomeOf(get(redis))).to.equal('away');
    // Waiting for an answer one by one would have taken five minutes.
    expect(performance.now() - before).to.be.lessThan(30_000);
    server.thaw();
    await until(
      () => outcomeOf(get(redis)),
      (answer) => answer === null,
    );
    expect([told[0], told.at(-1)]).to.deep.equal(['answers', 'answers']);
    // One for each change: on a busy machine there may be more changes, or the driver may give up first.
    expect(told.slice(1).join()).to.match(/^away: (?:no answer in time|not connected),answers/);
    expect(statesOf(told)).to.have.length(told.length);
    await redis.close();
  });

  it('notices a loss while idle, reports it once, and reconnects to the restarted server', async () => {
    const { redis, told, failed } = sut;
    await server.kill();
    await until(async () => redis.isAway, Boolean);
    expect(await redisHealth(redis)()).to.deep.include({
      name: 'redis',
      required: false,
      status: 'degraded',
    });
    await server.restart();
    await until(
      () => outcomeOf(get(redis)),
      (answer) => answer === null,
    );
    expect((await redisHealth(redis)()).status).to.equal('ok');
    // The reason of the loss and then a refused connection, if an attempt is made before the restart: each once.
    const reasons = told.slice(1, -1);
    expect([told[0], told.at(-1)]).to.deep.equal(['answers', 'answers']);
    expect(reasons).to.not.be.empty.and.to.not.include('answers');
    expect(new Set(reasons)).to.have.length(reasons.length);
    expect(new Set(failed)).to.deep.equal(new Set(['ping']));
  });

  it('is degraded as long as a reachable server refuses commands, and reports the reason', async () => {
    let later = 0;
    const monotonic = (): number => systemClock.monotonic() + later;
    const { redis, refused } = await opened(server.url, { monotonic });
    const administrator = new Redis(server.url);
    await administrator.config('SET', 'maxmemory', '1');
    const full = redis.run('set', (client) => client.set('test:key', 'value'));
    expect(await outcomeOf(full)).to.equal('away');
    expect(await redisHealth(redis)()).to.deep.include({
      status: 'degraded',
      detail: 'refuses commands: OOM',
    });
    expect(refused).to.deep.equal(['OOM']);
    await administrator.config('SET', 'maxmemory', '0');
    later = 15_000;
    expect((await redisHealth(redis)()).status).to.equal('ok');
    await administrator.quit();
    await redis.close();
  });

  it('stays with a server that refuses every write, since reads still work', async () => {
    const clock = fixedClock();
    const { redis, told, refused } = await opened(server.url, { monotonic: clock.monotonic });
    const administrator = new Redis(server.url);
    await administrator.config('SET', 'maxmemory', '1');
    for (let write = 0; write < 20; write += 1) {
      const full = redis.run('set', (client) => client.set('test:key', 'value'));
      expect(await outcomeOf(full)).to.equal('away');
      clock.advance(50);
    }
    expect(redis.isAway).to.equal(false);
    expect(await get(redis)).to.equal(null);
    expect(told).to.deep.equal(['answers']);
    expect(refused).to.have.length(20);
    await administrator.config('SET', 'maxmemory', '0');
    await administrator.quit();
    await redis.close();
  });

  it('is also degraded while it may not subscribe to channels, as by default for new users of a Redis', async () => {
    const administrator = new Redis(server.url);
    await administrator.call(
      'ACL',
      'SETUSER',
      'service',
      'on',
      '>secret',
      '~test:*',
      '+@all',
      'resetchannels',
    );
    const { redis, refused } = await opened(server.url.replace('redis://', 'redis://service:secret@'));
    expect((await redisHealth(redis)()).status).to.equal('ok');
    const subscription = redis.subscribe('test:news', DEAF);
    await until(async () => refused.length > 0, Boolean);
    expect(await redisHealth(redis)()).to.deep.include({
      status: 'degraded',
      detail: 'refuses commands: NOPERM',
    });
    await administrator.call('ACL', 'SETUSER', 'service', '&test:*');
    await subscription.begun();
    expect(new Set(refused)).to.deep.equal(new Set(['NOPERM']));
    await administrator.quit();
    await redis.close();
  });

  it('is also degraded while it has a connection for commands but none for a subscription', async () => {
    const administrator = new Redis(server.url);
    const { redis, refused } = sut;
    await administrator.config('SET', 'maxclients', '2');
    const subscription = redis.subscribe('test:news', DEAF);
    await until(async () => refused.length > 0, Boolean);
    expect(await redisHealth(redis)()).to.deep.include({
      status: 'degraded',
      detail: 'refuses commands: max number of clients reached',
    });
    await administrator.config('SET', 'maxclients', '100');
    await subscription.begun();
    expect(new Set(refused)).to.deep.equal(new Set(['max number of clients reached']));
    await administrator.quit();
  });

  it('reports that its password is refused, although it was lost for another reason', async () => {
    const administrator = new Redis(server.url);
    await administrator.config('SET', 'requirepass', 'before');
    const { redis, told } = await opened(server.url.replace('redis://', 'redis://:before@'));
    await administrator.config('SET', 'requirepass', 'after');
    await administrator.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'yes');
    await until(async () => told.includes('away: WRONGPASS'), Boolean);
    expect((await redisHealth(redis)()).detail).to.equal('WRONGPASS');
    await administrator.config('SET', 'requirepass', 'before');
    await until(
      async () => told.at(-1),
      (last) => last === 'answers',
    );
    expect(new Set(told)).to.deep.equal(new Set(['answers', 'away: not connected', 'away: WRONGPASS']));
    administrator.disconnect();
    await redis.close();
  });

  it('reports for a cluster what its last member said, and that a single server is not a cluster', async () => {
    const toldAs = async (user: string): Promise<readonly string[]> => {
      const { redis, told } = await opened(`redis://${user}127.0.0.1:${server.port}?cluster=true`);
      await redis.close();
      return told;
    };
    expect(await toldAs('')).to.deep.equal(['away: no cluster']);
    const administrator = new Redis(server.url);
    await administrator.config('SET', 'requirepass', 'known');
    expect(await toldAs('')).to.deep.equal(['away: NOAUTH']);
    expect(await toldAs(':another@')).to.deep.equal(['away: WRONGPASS']);
    administrator.disconnect();
  });

  it('reports once that others use up the connections, although it was lost for another reason', async () => {
    const { told } = sut;
    const administrator = new Redis(server.url);
    await administrator.config('SET', 'maxclients', '1');
    await administrator.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'yes');
    const full = 'away: max number of clients reached';
    await until(async () => told.includes(full), Boolean);
    await until(
      async () => /rejected_connections:(\d+)/.exec(await administrator.info('stats'))?.[1],
      (times) => Number(times) >= 8,
    );
    await administrator.config('SET', 'maxclients', '100');
    await until(
      async () => told.at(-1),
      (last) => last === 'answers',
    );
    expect(told).to.deep.equal(['answers', told[1], full, 'answers']);
    administrator.disconnect();
  });

  it('does not resend what a lost connection left unanswered', async () => {
    const { redis } = await opened(server.url, { commandTimeoutMs: IMPATIENT_MS });
    server.freeze();
    expect(await outcomeOf(redis.run('incr', (client) => client.incr('test:once')))).to.equal('away');
    await server.restart();
    const kept = await until(
      () => outcomeOf(redis.run('get', (client) => client.get('test:once'))),
      (answer) => answer !== 'away',
    );
    expect(kept).to.equal(null);
    await redis.close();
  });

  it('passes on the error of a wrong command', async () => {
    const { redis, told } = sut;
    await redis.run('set', (client) => client.set('test:key', 'text'));
    for (let call = 0; call < 10; call += 1)
      expect(String(await outcomeOf(redis.run('incr', (client) => client.incr('test:key'))))).to.include(
        'ERR',
      );
    expect(await get(redis)).to.equal('text');
    expect(told).to.deep.equal(['answers']);
  });

  it('reports for each loss its own reason, not that of an earlier one', async () => {
    const { redis, told } = sut;
    const operator = new Redis(server.port, '127.0.0.1');
    const drop = () => operator.call('CLIENT', 'KILL', 'TYPE', 'normal');
    const answers = () => outcomeOf(get(redis));
    await operator.config('SET', 'requirepass', 'another');
    await drop();
    const refused = async () =>
      Number(/errorstat_NOAUTH:count=(\d+)/.exec(await operator.info('errorstats'))?.[1]);
    await until(refused, (times) => times >= 5);
    await operator.config('SET', 'requirepass', '');
    await until(answers, (answer) => answer === null);
    const before = told.length;
    await drop();
    await until(
      async () => told.length,
      (lines) => lines > before,
    );
    await until(answers, (answer) => answer === null);
    operator.disconnect();
    expect(told[before - 1]).to.equal('answers');
    expect(told[before])
      .to.match(/^away: /)
      .and.not.include('NOAUTH');
  });

  it('leaves a server that has become a replica, for the one that its address leads to now', async () => {
    const successor = await startRedis();
    const target = { host: '127.0.0.1', port: server.port };
    const address = await startFaultProxy(target);
    const { redis, told } = await opened(`redis://127.0.0.1:${address.port}`);
    const set = () => outcomeOf(redis.run('set', (client) => client.set('test:key', 'kept')));
    expect(await set()).to.equal('OK');
    target.port = successor.port;
    const operator = new Redis(server.port, '127.0.0.1');
    await operator.call('REPLICAOF', '127.0.0.1', String(successor.port));
    operator.disconnect();
    expect(await set()).to.equal('away');
    await until(set, (answer) => answer === 'OK');
    expect(told).to.deep.equal(['answers', 'away: READONLY', 'answers']);
    await redis.close();
    await address.close();
    await successor.stop();
  });

  it('receives what is published, also after the server was unavailable', async () => {
    const { redis } = sut;
    const heard: string[] = [];
    const news = redis.subscribe('test:news', {
      onMessage: (text) => heard.push(text),
      onLost: () => heard.push('lost'),
    });
    await news.begun();
    await redis.run('publish', (client) => client.publish('test:news', 'first'));
    await until(
      async () => heard.at(-1),
      (text) => text === 'first',
    );
    await server.restart();
    const published = () =>
      outcomeOf(redis.run('publish', (client) => client.publish('test:news', 'second')));
    await until(published, (receivers) => receivers === 1);
    await until(
      async () => heard.at(-1),
      (text) => text === 'second',
    );
    expect(heard).to.deep.equal(['first', 'lost', 'second']);
  });

  it('reconnects when its driver has given up permanently', async () => {
    const { redis, told } = sut;
    await redis.run('get', async (client) => client.disconnect());
    await until(
      () => outcomeOf(redis.run('set', (client) => client.set('test:key', 'after'))),
      (answer) => answer === 'OK',
    );
    expect(statesOf(told)).to.deep.equal(['answers', 'away', 'answers']);
  });
});

describe('RedisConnection that cannot reach its server', () => {
  it('lets a start continue, refuses at once, and does not reveal the password', async () => {
    const { redis, told } = await opened('redis://app:planted-password@127.0.0.1:1');
    const answer = await outcomeOf(get(redis));
    expect(answer).to.equal('away');
    expect(told.join())
      .to.match(/^away: /)
      .and.not.include('planted');
    await redis.close();
  });

  it('reports that the server accepts no more connections, and connects when it does', async () => {
    const server = await startRedis(['--maxclients', '1']);
    const other = new Redis(server.port, '127.0.0.1');
    await other.ping();
    const { redis, told } = await opened(server.url);
    expect(told).to.deep.equal(['away: max number of clients reached']);
    expect((await redisHealth(redis)()).detail).to.equal('max number of clients reached');
    other.disconnect();
    await until(
      () => outcomeOf(get(redis)),
      (answer) => answer === null,
    );
    expect(told.at(-1)).to.equal('answers');
    await redis.close();
    await server.stop();
  });

  it('reports that the server refused the password, without showing it', async () => {
    const server = await startRedis(['--requirepass', 'right-password']);
    const { redis, told } = await opened(server.url.replace('//', '//:planted-password@'));
    expect(await outcomeOf(get(redis))).to.equal('away');
    expect(told).to.deep.equal(['away: WRONGPASS']);
    await redis.close();
    await server.stop();
  });
});

describe('RedisConnection to a database that its server does not have', () => {
  it('uses no other database instead, and reports why it continues without Redis', async () => {
    const server = await startRedis();
    const { redis, told } = await opened(`${server.url}/99`);
    const outcome = await outcomeOf(redis.run('set', (client) => client.set('test:key', 'value')));
    const administrator = new Redis(server.url);
    expect([outcome, await administrator.get('test:key')]).to.deep.equal(['away', null]);
    expect(told[0]).to.equal('away: no such database');
    await administrator.quit();
    await redis.close();
    await server.stop();
  });
});

describe('RedisConnection on a cluster', () => {
  it('reaches keys of every member, and runs scripts on keys with one hash tag', async () => {
    const cluster = await startRedisCluster();
    const { redis, told } = await opened(cluster.url);
    await until(
      async () => told.at(-1),
      (last) => last === 'answers',
    );
    const add = redis.script('addBoth', `redis.call('incr', KEYS[1]) return redis.call('incr', KEYS[2])`, 2);
    for (let tenant = 0; tenant < 20; tenant += 1)
      expect(await redis.run('add', () => add(`test:{${tenant}}:a`, `test:{${tenant}}:b`))).to.equal(1);
    await redis.close();
    await cluster.stop();
  });
});

describe('RedisConnection to one member of a cluster, as if it were alone', () => {
  it('reports the redirection, although that member answers', async () => {
    const cluster = await startRedisCluster();
    const { redis, refused } = await opened(`redis://127.0.0.1:${cluster.nodes[0]?.port}`);
    for (let tenant = 0; tenant < 20; tenant += 1)
      await outcomeOf(redis.run('set', (client) => client.set(`test:${tenant}`, 'value')));
    const { status, detail } = await redisHealth(redis)();
    expect(status).to.equal('degraded');
    expect(detail).to.match(/MOVED$/);
    expect(new Set(refused)).to.deep.equal(new Set(['MOVED']));
    await redis.close();
    await cluster.stop();
  });
});

describe('RedisConnection over TLS', () => {
  let server: PrivateRedis;
  before(async () => (server = await startTlsRedis()));
  after(() => server.stop());

  it('trusts the configured private authority, for commands and subscriptions', async () => {
    const { redis, told } = await opened(server.url, { ca: readFileSync(tlsFiles.authority, 'utf8') });
    await redis.run('set', (client) => client.set('test:key', 'over TLS'));
    expect(await get(redis)).to.equal('over TLS');
    await redis.subscribe('test:news', DEAF).begun();
    expect(told).to.deep.equal(['answers']);
    await redis.close();
  });

  it('trusts no other, and reports why it continues without Redis', async () => {
    const { redis, told } = await opened(server.url, { commandTimeoutMs: IMPATIENT_MS });
    expect(await outcomeOf(get(redis))).to.equal('away');
    expect(told.join()).to.match(/^away: (?:UNABLE_TO_VERIFY|SELF_SIGNED)/);
    await redis.close();
  });

  // An `error` event without a listener ends the process, and here the test.
  for (const ca of [undefined, readFileSync(tlsFiles.authority, 'utf8')])
    it(`survives a server that violates the protocol, ${ca === undefined ? 'not trusted either' : 'trusted'}`, async () => {
      const spoiler = await startTlsSpoiler(server.port, true);
      const { redis, told } = await opened(`rediss://127.0.0.1:${spoiler.port}`, { ...(ca && { ca }) });
      redis.subscribe('test:news', DEAF);
      await until(
        async () => spoiler.gone(),
        (clients) => clients > 6,
      );
      expect(await outcomeOf(get(redis))).to.equal('away');
      expect(statesOf(told)).to.deep.equal(['away']);
      await redis.close();
      await spoiler.close();
    });

  it('reconnects when the protocol is violated later', async () => {
    const spoiler = await startTlsSpoiler(server.port, false);
    const ca = readFileSync(tlsFiles.authority, 'utf8');
    const { redis, told } = await opened(`rediss://127.0.0.1:${spoiler.port}`, { ca });
    spoiler.spoil();
    await until(
      async () => statesOf(told),
      (states) => states.length >= 3,
    );
    expect(statesOf(told)).to.deep.equal(['answers', 'away', 'answers']);
    await redis.close();
    await spoiler.close();
  });
});

describe('RedisConnection through Sentinels', function () {
  this.timeout(180_000);

  it('reports what the last Sentinel said where none of them names a master', async () => {
    const toldOf = async (url: string): Promise<readonly string[]> => {
      const { redis, told } = await opened(url);
      await redis.close();
      return told;
    };
    const server = await startRedis();
    const watcher = await startSentinelNaming('127.0.0.1', server.port);
    expect(await toldOf(`${watcher.url}-of-others`)).to.deep.equal(['away: Sentinels: no such master']);
    expect(await toldOf(`${server.url}?sentinel=any`)).to.deep.equal(['away: no Sentinels']);
    const administrator = new Redis(Number(new URL(watcher.url).port));
    await administrator.call('ACL', 'SETUSER', 'default', 'resetpass', '>known');
    administrator.disconnect();
    expect(await toldOf(watcher.url)).to.deep.equal(['away: Sentinels: NOAUTH']);
    const another = `${watcher.url}&sentinel_password=another`;
    expect(await toldOf(another)).to.deep.equal(['away: Sentinels: WRONGPASS']);
    await watcher.stop();
    expect(await toldOf(another)).to.deep.equal(['away: Sentinels: not connected']);
    await server.stop();
  });

  it('finds the master, and after its loss the replica that was promoted', async () => {
    const watched = await startWatchedRedis();
    const { redis, told } = await opened(watched.url);
    const heard: string[] = [];
    await redis.subscribe('test:news', { ...DEAF, onMessage: (text) => heard.push(text) }).begun();
    const portOf = async (): Promise<string> =>
      /tcp_port:(\d+)/.exec(await redis.run('info', (client) => client.info('server')))?.[1] ?? '';
    expect(await portOf()).to.equal(String(watched.master.port));
    await redis.run('set', (client) => client.set('test:key', 'copied'));
    const copy = new Redis(watched.copy.port);
    await until(
      () => copy.get('test:key'),
      (text) => text === 'copied',
    );
    copy.disconnect();

    await watched.master.kill();
    await until(
      () => outcomeOf(get(redis)),
      (answer) => answer === 'copied',
      // A failed failover is tried again after ten seconds.
      90_000,
    );
    expect(await portOf()).to.equal(String(watched.copy.port));
    // A replica accepts writes as soon as it is the master.
    await until(
      () => outcomeOf(redis.run('set', (client) => client.set('test:key', 'new'))),
      (answer) => answer === 'OK',
    );
    expect(await get(redis)).to.equal('new');
    await until(
      () => outcomeOf(redis.run('publish', (client) => client.publish('test:news', 'after'))),
      (receivers) => receivers === 1,
    );
    await until(
      async () => heard.at(-1),
      (text) => text === 'after',
    );
    // The master is gone; a client that connects to its successor too early is disconnected once more.
    expect([told[0], told.at(-1)]).to.deep.equal(['answers', 'answers']);
    expect(statesOf(told)).to.include('away').and.have.length.below(8);
    await redis.close();
    await watched.stop();
  });
});
