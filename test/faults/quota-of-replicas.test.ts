import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { ApiClient } from '../support/api-client.ts';
import { registerGoogle } from '../support/gateway.ts';
import { privatePostgres } from '../support/private-postgres.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import { steadyLoad, type LoadReport } from '../support/steady-load.ts';

const REPLICAS = 4;
const PER_MINUTE = 100;
const PER_DAY = 2_000;
/**
 * A long run, in `npm run test:faults`: QUOTA_LOAD_MS=600000 QUOTA_LOAD_TIMES=3. The short run has half a minute for
 * the second minute's calls: on a busy machine the first ones take as long to be made.
 */
const LASTS_MS = Number(process.env['QUOTA_LOAD_MS'] ?? '90000');
/** The load as a multiple of the quota. In a short run it is high enough to use up the last minute's part too. */
const TIMES = Number(process.env['QUOTA_LOAD_TIMES'] ?? '10');
/**
 * Redis is unavailable between these times. In a short run this includes the moment when the first minute's calls leave
 * the window.
 */
const KILLED_AT_MS = LASTS_MS * 0.4;
const BACK_AT_MS = LASTS_MS > 120_000 ? LASTS_MS * 0.6 : LASTS_MS * 0.92;

type Run = { readonly sandbox: Sandbox; readonly report: LoadReport; readonly stop: () => Promise<void> };

/** The most that a limiter may grant if it holds the limit in every trailing minute. */
const ALLOWED = PER_MINUTE * Math.ceil(LASTS_MS / 60_000);

/** Calls with a new address each, at each replica in turn, whatever their outcome. */
const load = (clients: readonly ApiClient[]) => {
  let asked = 0;
  return steadyLoad((PER_MINUTE * TIMES) / 60, () => {
    asked += 1;
    const client = clients[asked % clients.length] as ApiClient;
    const headers = { ...client.headers, 'content-type': 'application/json' };
    const body = JSON.stringify({ address: `Москва, улица Тверская, ${asked}` });
    return { url: `${client.url}/geocoding/geocode`, headers, body };
  });
};

type Fleet = { readonly replicas: Replicas; readonly stop: () => Promise<void> };

/** With their own Redis and database: the tests' server accepts only forty connections. */
const aFleet = async (): Promise<Fleet> => {
  const database = await privatePostgres();
  const replicas = await startReplicas(REPLICAS, {
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '4',
    // Eight services share one machine with other tests: slow answers are no failure here.
    ATTEMPT_TIMEOUT_MS: '15000',
    CALL_DEADLINE_MS: '30000',
  });
  const stop = async (): Promise<void> => {
    await replicas.stop();
    await database.remove();
  };
  return { replicas, stop };
};

const loaded = async (
  { replicas, stop }: Fleet,
  meanwhile: (replicas: Replicas) => Promise<void>,
): Promise<Run> => {
  replicas.sandbox.control({ provider: 'google', quota: { per_minute: PER_MINUTE, per_day: PER_DAY } });
  const clients = await replicas.clients('quota');
  await registerGoogle(clients[0] as ApiClient, replicas.sandbox, {
    api_key: KEY,
    rate_limit_per_minute: PER_MINUTE,
    rate_limit_per_day: PER_DAY,
  });
  const asking = load(clients);
  await Promise.all([pause(LASTS_MS), meanwhile(replicas)]);
  return { sandbox: replicas.sandbox, report: await asking.stop(), stop };
};

const KEY = 'SANDBOX-OK';

/** Only calls with our key count: health probes are sent without one. */
const countedByProvider = (sandbox: Sandbox) => {
  const { keys, outcomes } = sandbox.counters().providers.google;
  const own = keys[KEY] ?? { calls: 0, refused_by_quota: 0, max_calls_per_minute: 0 };
  return { ...own, answered: outcomes.ok + outcomes.no_match };
};

/** Uses only what callers were answered and what the provider counted. */
const expectWithin = ({ sandbox, report }: Run, leastShare: number): void => {
  const { calls, refused_by_quota, max_calls_per_minute, answered } = countedByProvider(sandbox);
  const refused = report.failures.filter((failure) => failure.startsWith('429 '));
  expect(report.failures.filter((failure) => !failure.startsWith('429 '))).to.deep.equal([]);
  expect(refused_by_quota, 'refused by the provider').to.equal(0);
  expect(max_calls_per_minute, 'in the worst minute').to.be.at.most(PER_MINUTE);
  expect(report.sent - refused.length, 'answered to callers').to.equal(calls);
  expect(answered, 'answered by the provider').to.equal(calls);
  expect(calls / ALLOWED, 'share of the quota that was used').to.be.within(leastShare, 1);
};

describe(`Four replicas under a load of ${TIMES} times a quota of ${PER_MINUTE} a minute for ${LASTS_MS / 1_000} s`, function () {
  this.timeout(LASTS_MS + 120_000);
  const runs: Run[] = [];
  before(async () => {
    const lossOfRedis = async ({ redis }: Replicas): Promise<void> => {
      await pause(KILLED_AT_MS);
      await redis.kill();
      await pause(BACK_AT_MS - KILLED_AT_MS);
      await redis.restart();
    };
    const [healthy, struck] = [await aFleet(), await aFleet()];
    // Run concurrently, because each takes long.
    const both = [loaded(healthy, () => Promise.resolve()), loaded(struck, lossOfRedis)];
    runs.push(...(await Promise.all(both)));
  });
  after(() => Promise.all(runs.map(({ stop }) => stop())));

  it('use up the quota, and the provider refuses nothing', () => {
    expectWithin(runs[0] as Run, 0.99);
  });

  it('never exceed the quota, and use most of it, while Redis is killed with its data and restarted empty', () => {
    expectWithin(runs[1] as Run, 0.8);
  });
});
