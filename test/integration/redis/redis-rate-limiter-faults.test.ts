import { expect } from 'chai';
import { windowMs, type QuotaLimits, type WindowType } from '../../../src/domain/rate-limit/quota.ts';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { fakeQuotaStateStore } from '../../support/fake-quota-state-store.ts';
import { fixedClock, type FixedClock } from '../../support/fixed-clock.ts';
import { aSubject } from '../../support/quota-subjects.ts';
import { limiterReplica, type LimiterReplica } from '../../support/redis-limiter-rig.ts';
import { freshKeyPrefix, startRedis, type PrivateRedis } from '../../support/redis-server.ts';
import { worstWindow } from '../../support/reference-limiter.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { until } from '../../support/until.ts';

const REPLICAS = 4;
const STEP_MS = 250;

/** Four replicas on a Redis of their own, all on one clock that the test moves. */
class Fleet {
  readonly server: PrivateRedis;
  readonly clock: FixedClock;
  readonly replicas: LimiterReplica[];
  readonly grants: (readonly [time: number, replica: number])[] = [];
  readonly random: () => number;
  readonly #options: Parameters<typeof limiterReplica>[0];

  private constructor(
    server: PrivateRedis,
    clock: FixedClock,
    options: Parameters<typeof limiterReplica>[0],
    seed: number,
  ) {
    this.server = server;
    this.clock = clock;
    this.#options = options;
    this.replicas = [];
    this.random = seededRandom(seed);
  }

  static async start(seed: number): Promise<Fleet> {
    const server = await startRedis();
    const clock = fixedClock();
    const fleet = new Fleet(
      server,
      clock,
      {
        url: server.url,
        keyPrefix: freshKeyPrefix(),
        store: fakeQuotaStateStore().connect(),
        clock,
        sleep: clock.sleep,
        // Real milliseconds, in which the test's clock moves by minutes.
        commandTimeoutMs: 500,
        timeOffset: () => clock.now() - Date.now(),
      },
      seed,
    );
    for (let n = 0; n < REPLICAS; n += 1) await fleet.join();
    // Each has heard how many there are.
    await until(
      () => fleet.pass(500),
      () => fleet.replicas.every(({ limiter }) => limiter.replicas === REPLICAS),
    );
    return fleet;
  }

  async join(): Promise<LimiterReplica> {
    const replica = await limiterReplica(this.#options);
    this.replicas.push(replica);
    return replica;
  }

  /** Time passes, and what wakes up has a moment to speak with Redis. */
  async pass(milliseconds: number): Promise<void> {
    await this.clock.run(milliseconds);
    await systemSleep(3);
  }

  async take(limits: QuotaLimits, replica: number, cost = 1): Promise<boolean> {
    const outcome = await this.replicas[replica]?.limiter.take([aSubject(limits)], cost);
    const granted = outcome !== undefined && isRight(outcome);
    if (granted) for (let unit = 0; unit < cost; unit += 1) this.grants.push([this.clock.now(), replica]);
    return granted;
  }

  /** Calls at random replicas, `perSecond` in all. */
  async load(limits: QuotaLimits, seconds: number, perSecond: number): Promise<void> {
    for (let passed = 0; passed < seconds * 1_000; passed += STEP_MS) {
      await this.pass(STEP_MS);
      const calls = Math.floor((perSecond * STEP_MS) / 1_000 + this.random());
      await Promise.all(
        Array.from({ length: calls }, () =>
          this.take(limits, Math.floor(this.random() * this.replicas.length)),
        ),
      );
    }
  }

  async settled(): Promise<void> {
    await until(
      () => this.pass(0),
      () => this.replicas.every(({ redis }) => !redis.isAway),
    );
  }

  worst(type: WindowType): number {
    // A call is counted at Redis's time, a few milliseconds after the test's.
    return worstWindow(
      this.grants.map(([time]) => [time, 1] as const),
      windowMs[type] - 50,
    );
  }

  async stop(): Promise<void> {
    const over = new AbortController();
    const turning = (async () => {
      while (!over.signal.aborted) await this.pass(100);
    })();
    await Promise.all(this.replicas.map((replica) => replica.close()));
    over.abort();
    await turning;
    await this.server.stop();
  }
}

describe('RedisRateLimiter on four replicas', () => {
  const limits = { minute: 100, day: 2_000 };
  let fleet: Fleet;
  const started = async (seed: number): Promise<Fleet> => (fleet = await Fleet.start(seed));
  afterEach(() => fleet.stop());

  it('uses the whole quota and never more, under three times the load', async function () {
    this.timeout(60_000);
    await started(1);
    await fleet.load(limits, 180, 5);
    expect(fleet.worst('minute')).to.be.at.most(100);
    expect(fleet.grants.length).to.be.at.least(0.97 * 300);
    expect(fleet.replicas.map(({ fallbacks }) => fallbacks())).to.deep.equal([0, 0, 0, 0]);
  });

  for (const seed of [1, 2, 3])
    it(`never grants more when Redis is killed and loses its data, and uses 80 % (seed ${seed})`, async function () {
      this.timeout(60_000);
      await started(seed);
      await fleet.load(limits, 60 + Math.floor(fleet.random() * 60), 5);
      await fleet.server.kill();
      await fleet.load(limits, 1 + Math.floor(fleet.random() * 90), 5);
      await fleet.server.restart();
      await fleet.load(limits, 120, 5);
      await fleet.settled();
      await fleet.load(limits, 60, 5);
      const [first = [0]] = fleet.grants;
      const minutes = (fleet.clock.now() - first[0]) / 60_000;
      expect(fleet.worst('minute')).to.be.at.most(100);
      expect(fleet.grants.length).to.be.at.least(0.8 * 100 * minutes);
    });
});
