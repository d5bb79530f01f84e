import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { freshKeyPrefix, startRedis, type PrivateRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

type Told = { readonly granted: number; readonly fallbacks: number; readonly late: number };
type Replica = {
  /** The steps that it has reported. */
  readonly steps: readonly string[];
  readonly told: Promise<Told>;
  readonly process: ChildProcess;
};

const PROCESSES = 4;
/** Far longer than Redis needs on a machine that is busy elsewhere. */
const PATIENT_MS = 10_000;
/** As in production. */
const IMPATIENT_MS = 50;
const script = fileURLToPath(new URL('../../support/limiter-process.ts', import.meta.url));

const startReplica = (...args: readonly string[]): Replica => {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const steps: string[] = [];
  const told = Promise.withResolvers<Told>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) told.resolve(JSON.parse(line) as Told);
    else steps.push(line);
  });
  child.once('exit', (code) => told.reject(new Error(`the replica ended with ${code}`)));
  told.promise.catch(() => undefined);
  return { steps, told: told.promise, process: child };
};

const totalOf = (told: readonly Told[], what: keyof Told = 'granted'): number =>
  told.reduce((sum, one) => sum + one[what], 0);

describe('RedisRateLimiter in four processes', () => {
  let redis: PrivateRedis;
  let replicas: readonly Replica[];
  /** All grants fall within one hour. `asks`: for each process. */
  const started = async (limit: number, asks: number, timeoutMs: number): Promise<void> => {
    const args = [redis.url, freshKeyPrefix(), limit, asks, timeoutMs].map(String);
    replicas = Array.from({ length: PROCESSES }, () => startReplica(...args));
    await allCome('ready');
  };
  /** Waits until each has reported a step; `before`: after it had reported this many. */
  const allCome = (step: string, before: readonly number[] = []): Promise<unknown> =>
    until(async () => replicas.every(({ steps }, n) => steps.slice(before[n] ?? 0).includes(step)), Boolean);
  const allTold = () => {
    for (const replica of replicas) replica.process.stdin?.end();
    return Promise.all(replicas.map(({ told }) => told));
  };
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const replica of replicas) replica.process.kill('SIGKILL');
    await redis.stop();
  });

  it('together grants them what the limit allows', async () => {
    await started(200, 100, PATIENT_MS);
    expect(totalOf(await allTold())).to.be.within(194, 200);
  });

  for (const [what, timeoutMs] of [
    ['may take their time', PATIENT_MS],
    ['are waited for as in production', IMPATIENT_MS],
  ] as const)
    it(`never grants more when Redis, whose answers ${what}, is killed in the middle and comes back empty, and 80 % of it`, async () => {
      await started(400, 225, timeoutMs);
      await allCome('under way');
      await redis.kill();
      const before = replicas.map(({ steps }) => steps.length);
      await Promise.all([allCome('alone', before), systemSleep(1_500)]);
      await redis.restart();
      const told = await allTold();
      // A call that Redis counts too late to report counts twice: how often depends on the machine.
      expect(totalOf(told)).to.be.within(320 - totalOf(told, 'late'), 400);
      expect(told.every(({ fallbacks }) => fallbacks > 0)).to.equal(true);
    });
});
