import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { ApiClient } from '../support/api-client.ts';
import {
  administratorToken,
  registerGazetteer,
  registerGoogle,
  startGateway,
  type Gateway,
} from '../support/gateway.ts';
import { eventually, until } from '../support/until.ts';
import { childrenOf, isAlive } from '../support/running-processes.ts';
import { startRedis, type PrivateRedis } from '../support/redis-server.ts';
import { runEntryPoint } from '../support/service-process.ts';
import { steadyLoad } from '../support/steady-load.ts';

const TENANT = 'many-cores';

describe('Several workers on one port', () => {
  let gateway: Gateway;
  let redis: PrivateRedis;
  let api: ApiClient;
  before(async () => {
    redis = await startRedis();
    gateway = await startGateway({ WEB_CONCURRENCY: '2', REDIS_URL: redis.url });
    api = await gateway.administrator(TENANT);
    await registerGazetteer(api);
  });
  after(async () => {
    await gateway.stop();
    await redis.stop();
  });

  const lines = (): readonly Record<string, unknown>[] =>
    gateway
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const pids = (): readonly number[] =>
    lines()
      .filter(({ message }) => message === 'worker started')
      .map((line) => Number(line['worker_pid']));
  const living = (): readonly number[] => pids().filter(isAlive);

  const headers = async (): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await administratorToken({ tenants: [TENANT] })}`,
    'x-management-company-id': TENANT,
    'content-type': 'application/json',
  });
  /** Calls made through `geocode`, to the first processes only. */
  let asked = 0;
  /** Each on a new connection. */
  const geocode = async (address: string): Promise<number> => {
    asked += 1;
    const answer = await fetch(`${gateway.service().url}/geocoding/geocode`, {
      method: 'POST',
      headers: { ...(await headers()), connection: 'close' },
      body: JSON.stringify({ address }),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const metrics = async (): Promise<string> => {
    const answer = await fetch(`${gateway.service().url}/metrics`, { headers: { connection: 'close' } });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    return answer.text();
  };
  /** The sum of all series with this prefix. */
  const sum = (text: string, series: string): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(series))
      .reduce((all, line) => all + Number(line.split(' ').at(-1)), 0);
  const calls = 'integration_requests_total{service="gazetteer",operation="geocode"';
  /** For a worker that is too busy, the last known values are shown. */
  const hasAll = (text: string): boolean => sum(text, calls) === asked;

  it('greet their operator once and name themselves in every log line', async () => {
    for (let n = 0; n < 20; n += 1) expect(await geocode('Ташкент')).to.equal(200);
    expect(gateway.output().match(/listens on/g)).to.have.length(1);
    const requests = lines().filter(({ event }) => event === 'http.request');
    expect(new Set(requests.map(({ worker }) => worker))).to.deep.equal(new Set([1, 2]));
  });

  it('show the sum of their metrics, whichever is asked, and count what is in the database once', async () => {
    await until(metrics, hasAll);
    for (let n = 0; n < 10; n += 1) await geocode('Самарканд');
    // None of them are shown if the database is too busy.
    const isWhole = (text: string): boolean => hasAll(text) && text.includes('integration_service_health{');
    for (let n = 0; n < 4; n += 1) {
      const text = await until(metrics, isWhole);
      expect(sum(text, calls)).to.equal(asked);
      expect(sum(text, 'integration_service_health{service="gazetteer"')).to.equal(1);
      expect(sum(text, 'integration_workers ')).to.equal(2);
      expect(text.match(/^# TYPE integration_requests_total /gm)).to.have.length(1);
    }
  });

  it('share one quota: together they never grant more than it allows', async () => {
    const other = await gateway.administrator('quota-of-workers');
    await registerGoogle(other, gateway.sandbox, { rate_limit_per_hour: 20 });
    const token = await administratorToken({ tenants: ['quota-of-workers'] });
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const answer = await fetch(`${gateway.service().url}/geocoding/geocode`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'x-management-company-id': 'quota-of-workers',
            'content-type': 'application/json',
            connection: 'close',
          },
          body: JSON.stringify({ address: `Москва, улица Арбат, ${n + 1}` }),
        });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    const granted = statuses.filter((status) => status === 200).length;
    // On a busy machine Redis may not answer within 50 ms: then each continues with its share of what was left.
    const shared = lines().some(({ message }) => String(message).startsWith('quotas go on without Redis'));
    expect(granted).to.be.within(shared ? 16 : 20, 20);
    expect(statuses.filter((status) => status === 429)).to.have.length(60 - granted);
    expect(gateway.sandbox.counters().providers.google.calls).to.equal(granted);
    const workers = lines().filter(({ event, status }) => event === 'http.request' && status === 200);
    expect(new Set(workers.map(({ worker }) => worker)).size).to.equal(2);
  });

  it('are restarted when one is lost, with one log line, and no counter decreases', async () => {
    await until(metrics, hasAll);
    const [victim = 0] = living();
    process.kill(victim, 'SIGKILL');
    const isReplaced = () => !isAlive(victim) && living().length === 2;
    await eventually('two workers again', async () => isReplaced() || undefined);
    const lost = lines().filter(({ message }) => message === 'worker lost');
    expect(lost).to.have.length(1);
    expect(lost[0]).to.include({ worker_pid: victim, signal: 'SIGKILL', level: 'warn' });
    const text = await until(metrics, (seen) => sum(seen, calls) >= asked);
    expect(sum(text, calls)).to.equal(asked);
    expect(sum(text, 'integration_worker_restarts_total ')).to.equal(1);
  });

  it('are replaced on SIGHUP one after the other, and no request fails', async () => {
    const old = living();
    const [url, sent] = [`${gateway.service().url}/geocoding/geocode`, await headers()];
    const load = steadyLoad(100, () => ({ url, headers: sent, body: '{"address":"Бухара"}' }));
    gateway.service().signal('SIGHUP');
    await eventually('new workers', async () => old.every((pid) => !isAlive(pid)) || undefined);
    const { failures } = await load.stop();
    expect(failures).to.deep.equal([]);
    expect(living()).to.have.length(2);
    expect(lines().filter(({ message }) => message === 'worker lost')).to.have.length(1);
  });

  it('are all gone after the primary is killed', async () => {
    const workers = living();
    await gateway.service().kill();
    await eventually('the workers to end', async () => !workers.some(isAlive) || undefined);
    await gateway.restart('kill');
  });

  it('stop in order with their primary', async () => {
    const workers = living();
    expect(workers).to.have.length(2);
    expect(await gateway.service().stop()).to.equal(0);
    expect(workers.some(isAlive)).to.equal(false);
    await gateway.restart('kill');
  });

  it('let the primary decide when a supervisor sends its signal to all', async () => {
    const running = living();
    for (const pid of running) process.kill(pid, 'SIGTERM');
    for (let n = 0; n < 4; n += 1) expect(await geocode('Ташкент')).to.equal(200);
    expect(living()).to.deep.equal(running);
  });

  it('close a connection that a lost worker had not accepted: its caller notices and retries', async () => {
    const [victim = 0] = living();
    process.kill(victim, 'SIGSTOP');
    const outcomes: (number | string)[] = [];
    const asked = Array.from({ length: 4 }, async () =>
      outcomes.push(await geocode('Ташкент').catch(() => 'closed')),
    );
    await eventually('all but one to be answered', async () => outcomes.length === 3 || undefined);
    process.kill(victim, 'SIGKILL');
    await Promise.all(asked);
    expect(outcomes).to.deep.equal([200, 200, 200, 'closed']);
    const isReplaced = () => !isAlive(victim) && living().length === 2;
    await eventually('two workers again', async () => isReplaced() || undefined);
    expect(await geocode('Ташкент')).to.equal(200);
  });

  it('end at once when they are stopped before they serve', async () => {
    // Far longer than a busy machine needs to load a worker, which only then handles the signal.
    const more = { PORT: '0', SHUTDOWN_GRACE_MS: '120000' };
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: { PATH: process.env['PATH'], ...gateway.environment, ...more },
      stdio: 'ignore',
    });
    const worker = await eventually('a worker process', async () => childrenOf(child.pid ?? 0)[0]);
    const since = performance.now();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
    expect(performance.now() - since, 'far from the grace of what is under way').to.be.lessThan(30_000);
    expect(isAlive(worker)).to.equal(false);
  });

  it('continue starting when they are to be replaced before they serve', async () => {
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: { PATH: process.env['PATH'], ...gateway.environment, PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exit = once(child, 'exit');
    const said = child.stdout.setEncoding('utf8').reduce((all: string, text: string) => all + text, '');
    await eventually('a worker process', async () => childrenOf(child.pid ?? 0)[0]);
    child.kill('SIGHUP');
    const isServing = () => childrenOf(child.pid ?? 0).length === 2;
    await eventually('both workers, or the end', async () => isServing() || child.signalCode || undefined);
    child.kill('SIGTERM');
    expect(await exit).to.deep.equal([0, null]);
    expect(await said).to.contain('replacing workers');
  });

  it('end with the first one when that cannot start', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const ended = await runEntryPoint('src/main.ts', [], { ...gateway.environment, PORT: String(port) });
    taken.close();
    expect(ended.code).to.equal(1);
    expect(ended.stdout).to.match(/EADDRINUSE/);
    expect(ended.stdout).to.match(/the first worker did not start/);
  });
});
