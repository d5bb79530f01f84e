import type { QuotaSubject } from '../../src/domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../src/domain/rate-limit/rate-limiter.ts';
import { MemoryRateLimiter } from '../../src/infrastructure/memory/memory-rate-limiter.ts';
import { systemClock, systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { fakeQuotaStateStore } from '../../test/support/fake-quota-state-store.ts';
import { aSubject } from '../../test/support/quota-subjects.ts';
import { limiterReplica } from '../../test/support/redis-limiter-rig.ts';
import { freshKeyPrefix, startRedis } from '../../test/support/redis-server.ts';
import { median, percentile } from '../load/latencies.ts';
import { atLeast, atMost, type Section } from '../report.ts';
import { atEnd } from '../rig/at-end.ts';

const MILLISECONDS = 2_000;
const ROUNDS = 3;
const LIMIT = 1_000_000;
const IN_FLIGHT = [1, 50] as const;

const oneWindow: readonly QuotaSubject[] = [aSubject({ minute: LIMIT }, 'one')];
const asACall: readonly QuotaSubject[] = [
  aSubject({ minute: LIMIT }, 'tenant:geocoding'),
  aSubject({ minute: LIMIT, hour: LIMIT, day: LIMIT, month: LIMIT }, 'five'),
];

const SHAPES = [
  ['1 window', oneWindow],
  ['5 windows of 2 subjects', asACall],
] as const;

type Measured = { readonly perSecond: number; readonly p95: number };

const measured = async (
  limiter: RateLimiter,
  subjects: readonly QuotaSubject[],
  inFlight: number,
): Promise<Measured> => {
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + MILLISECONDS;
  const caller = async (): Promise<void> => {
    for (let now = started; now < end;) {
      await limiter.take(subjects, 1);
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const perSecond = latencies.length / ((performance.now() - started) / 1_000);
  return {
    perSecond,
    p95: percentile(
      latencies.toSorted((a, b) => a - b),
      0.95,
    ),
  };
};

const inRounds = async (work: () => Promise<Measured>): Promise<Measured> => {
  const rounds: Measured[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await work());
  return { perSecond: median(rounds.map((r) => r.perSecond)), p95: median(rounds.map((r) => r.p95)) };
};

const row = (name: string, { perSecond, p95 }: Measured): readonly string[] => [
  name,
  Math.round(perSecond).toLocaleString('en'),
  p95.toFixed(3),
];

const shapesOf = async (adapter: string, one: RateLimiter): Promise<ReadonlyMap<string, Measured>> => {
  const results = new Map<string, Measured>();
  for (const [shape, subjects] of SHAPES)
    for (const inFlight of IN_FLIGHT)
      results.set(
        `${adapter}, ${shape}, ${inFlight} at once`,
        await inRounds(() => measured(one, subjects, inFlight)),
      );
  return results;
};

/** Permits taken by one process over one connection, compared with the limiter in memory. */
export const limiter = async (): Promise<Section> => {
  const redis = await startRedis();
  atEnd(redis.stop);
  const replica = await limiterReplica({
    url: redis.url,
    keyPrefix: freshKeyPrefix(),
    commandTimeoutMs: 1_000,
  });
  atEnd(replica.close);
  const inRedis = await shapesOf('Redis', replica.limiter);
  const withoutRedis = replica.fallbacks();
  // Measured last: the limiter in memory never waits, so the process would have no time to read from Redis.
  const store = fakeQuotaStateStore().connect();
  const memory = new MemoryRateLimiter({ clock: systemClock, sleep: systemSleep, store });
  atEnd(() => memory.close());
  const results = new Map([...(await shapesOf('memory', memory)), ...inRedis]);
  const best = results.get('Redis, 1 window, 50 at once');
  const alone = results.get('Redis, 5 windows of 2 subjects, 1 at once');
  return {
    title: 'Limiter',
    text: `Takes of one process; Redis over one connection, on this machine. Counted without Redis: ${withoutRedis}.`,
    tables: [
      { head: ['', 'takes per second', 'p95 ms'], rows: [...results].map(([name, one]) => row(name, one)) },
    ],
    verdicts: [
      atLeast('takes per second in Redis, one window', best?.perSecond ?? 0, 20_000, 0),
      atMost('takes counted without Redis', withoutRedis, 0, 'takes', 0),
      atMost('p95 of a take in Redis, five windows', alone?.p95 ?? Number.POSITIVE_INFINITY, 1, 'ms'),
    ],
  };
};
