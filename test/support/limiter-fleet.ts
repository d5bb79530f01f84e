import { windowMs, type QuotaLimits, type WindowType } from '../../src/domain/rate-limit/quota.ts';
import { isRight } from '../../src/domain/shared/fp.ts';
import { systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { fakeQuotaStateStore } from './fake-quota-state-store.ts';
import { fixedClock, type FixedClock } from './fixed-clock.ts';
import { aSubject } from './quota-subjects.ts';
import { limiterReplica, type LimiterReplica } from './redis-limiter-rig.ts';
import { freshKeyPrefix, startRedis, type PrivateRedis } from './redis-server.ts';
import { worstWindow } from './reference-limiter.ts';
import { seededRandom } from './seeded-random.ts';
import { until } from './until.ts';

const REPLICAS = 4;
const STEP_MS = 250;
/** The interval between heartbeats. */
const BEAT_MS = 500;

/** Four replicas on their own Redis, all on one clock that the test advances. */
export class LimiterFleet {
  readonly server: PrivateRedis;
  readonly clock: FixedClock;
  readonly replicas: LimiterReplica[];
  readonly grants: (readonly [time: number, replica: number])[] = [];
  readonly random: () => number;
  /** By how much the clock of Redis is ahead of the test's. */
  redisAheadMs = 0;
  readonly #crashed: LimiterReplica[] = [];
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

  static async start(seed: number): Promise<LimiterFleet> {
    const server = await startRedis();
    const clock = fixedClock();
    const fleet: LimiterFleet = new LimiterFleet(
      server,
      clock,
      {
        url: server.url,
        keyPrefix: freshKeyPrefix(),
        store: fakeQuotaStateStore().connect(),
        clock,
        sleep: clock.sleep,
        // Real milliseconds, while the test's clock advances by minutes.
        commandTimeoutMs: 300,
        timeOffset: () => clock.now() + fleet.redisAheadMs - Date.now(),
      },
      seed,
    );
    for (let n = 0; n < REPLICAS; n += 1) await fleet.join();
    // Waits until each replica knows the number of replicas.
    await until(
      () => fleet.pass(500),
      () => fleet.replicas.every(({ limiter }) => limiter.replicas === REPLICAS),
    );
    return fleet;
  }

  async join(address?: string): Promise<LimiterReplica> {
    const replica = await limiterReplica({ ...this.#options, ...(address !== undefined && { address }) });
    this.replicas.push(replica);
    return replica;
  }

  /** Advances time; what wakes up gets real time to talk to Redis. */
  async pass(milliseconds: number): Promise<void> {
    await this.clock.run(milliseconds);
    await systemSleep(3);
  }

  /**
   * Advances time in steps, and waits after each until Redis has answered every replica's heartbeat, however busy the
   * machine.
   */
  async passHeard(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += BEAT_MS) {
      await this.pass(BEAT_MS);
      await until(
        () => this.pass(0),
        () => this.clock.pending() >= this.replicas.length,
      );
    }
  }

  async take(limits: QuotaLimits, replica: number, cost = 1): Promise<boolean> {
    const outcome = await this.replicas[replica]?.limiter.take([aSubject(limits)], cost);
    const granted = outcome !== undefined && isRight(outcome);
    if (granted) for (let unit = 0; unit < cost; unit += 1) this.grants.push([this.clock.now(), replica]);
    return granted;
  }

  /** Calls at random replicas, `perSecond` in total. */
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

  /** An orderly shutdown of one replica. */
  async leave(replica: number): Promise<void> {
    const [gone] = this.replicas.splice(replica, 1);
    if (gone !== undefined) await this.#turning(() => gone.close());
  }

  /** Replaces every replica, as a deployment does. */
  async replaceAll(): Promise<void> {
    for (let n = 0; n < REPLICAS; n += 1) {
      await this.leave(0);
      await this.join();
    }
  }

  /** Writes the data set that Redis loads when it starts again. */
  async writeToDisk(): Promise<void> {
    await this.replicas[0]?.redis.run('save', (client) => client.save());
  }

  async suffer(
    fault: 'loss' | 'older' | 'replaced' | 'freeze' | 'flush' | 'cut' | 'mute' | 'crash' | 'clock',
    meanwhile: () => Promise<void>,
  ): Promise<void> {
    const { server, replicas } = this;
    const one = replicas[Math.floor(this.random() * replicas.length)];
    const isKilled = fault === 'loss' || fault === 'older';
    if (isKilled) await server.kill();
    if (fault === 'replaced') await this.replaceAll();
    if (fault === 'freeze') server.freeze();
    if (fault === 'flush') await replicas[0]?.redis.run('flush', (client) => client.flushall());
    if (fault === 'cut') one?.cut('both');
    if (fault === 'mute') one?.cut('answers');
    if (fault === 'clock') this.redisAheadMs -= 3 * windowMs.hour;
    if (fault === 'crash') await this.crash(Math.floor(this.random() * replicas.length));
    await meanwhile();
    if (isKilled) await server.restart();
    server.thaw();
    one?.cut(undefined);
    await this.settled();
  }

  /** One replica crashes without leaving the fleet, and another takes its place. */
  async crash(replica: number, address?: string): Promise<void> {
    const [gone] = this.replicas.splice(replica, 1);
    gone?.cut('both');
    if (gone !== undefined) this.#crashed.push(gone);
    await this.join(address);
  }

  async settled(): Promise<void> {
    await until(
      () => this.pass(0),
      () => this.replicas.every(({ redis }) => !redis.isAway),
    );
  }

  worst(type: WindowType): number {
    // Redis counts a call when it executes it, up to one step after the test's clock, some sooner and some later.
    return worstWindow(
      this.grants.map(([time]) => [time, 1] as const),
      windowMs[type] - STEP_MS - 50,
    );
  }

  async stop(): Promise<void> {
    const all = [...this.replicas, ...this.#crashed].splice(0);
    this.replicas.length = 0;
    await this.#turning(() => Promise.all(all.map((replica) => replica.close())));
    await this.server.stop();
  }

  /** Time advances for as long as the work takes. */
  async #turning(work: () => Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const turning = (async () => {
      while (!over.signal.aborted) await this.pass(100);
    })();
    await work();
    over.abort();
    await turning;
  }
}
