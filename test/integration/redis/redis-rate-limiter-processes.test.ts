import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { freshKeyPrefix, startRedis, type PrivateRedis } from '../../support/redis-server.ts';

type Told = { readonly granted: number; readonly fallbacks: number };
type Replica = {
  readonly ready: Promise<void>;
  readonly told: Promise<Told>;
  readonly process: ChildProcess;
};

const PROCESSES = 4;
const script = new URL('../../support/limiter-process.ts', import.meta.url).pathname;

const startReplica = (...args: readonly string[]): Replica => {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = Promise.withResolvers<void>();
  const told = Promise.withResolvers<Told>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve();
    else told.resolve(JSON.parse(line) as Told);
  });
  child.once('exit', (code) => {
    const ended = new Error(`the replica ended with ${code}`);
    ready.reject(ended);
    told.reject(ended);
  });
  told.promise.catch(() => undefined);
  return { ready: ready.promise, told: told.promise, process: child };
};

const totalOf = (told: readonly Told[]): number => told.reduce((sum, { granted }) => sum + granted, 0);

describe('RedisRateLimiter in four processes', function () {
  this.timeout(60_000);
  let redis: PrivateRedis;
  let replicas: readonly Replica[];
  /** All they take they take within one minute. `asks`: of each. */
  const started = async (limit: number, asks: number): Promise<void> => {
    const args = [redis.url, freshKeyPrefix(), String(limit), String(asks)];
    replicas = Array.from({ length: PROCESSES }, () => startReplica(...args));
    await Promise.all(replicas.map(({ ready }) => ready));
  };
  const allTold = () => Promise.all(replicas.map(({ told }) => told));
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const replica of replicas) replica.process.kill('SIGKILL');
    await redis.stop();
  });

  it('grants them together what the limit says', async () => {
    await started(200, 100);
    expect(totalOf(await allTold())).to.be.within(194, 200);
  });

  it('never grants more when Redis is killed in the middle and comes back empty, and 80 % of it', async () => {
    await started(400, 225);
    await systemSleep(2_000);
    await redis.kill();
    await systemSleep(1_500);
    await redis.restart();
    const told = await allTold();
    expect(totalOf(told)).to.be.within(320, 400);
    expect(told.every(({ fallbacks }) => fallbacks > 0)).to.equal(true);
  });
});
