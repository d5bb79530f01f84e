import { randomUUID } from 'node:crypto';
import type { QuotaStateStore } from '../../src/domain/rate-limit/quota-state-store.ts';
import type { Clock, Sleep } from '../../src/domain/shared/clock.ts';
import { isLeft } from '../../src/domain/shared/fp.ts';
import { RedisConnection } from '../../src/infrastructure/redis/connection/redis-connection.ts';
import { reasonOf, RedisAway } from '../../src/infrastructure/redis/connection/redis-away.ts';
import {
  RedisRateLimiter,
  type RedisRateLimiterDeps,
} from '../../src/infrastructure/redis/quota/redis-rate-limiter.ts';
import { parseRedisUrl } from '../../src/infrastructure/redis/connection/redis-url.ts';
import { systemClock, systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { fakeQuotaStateStore } from './fake-quota-state-store.ts';
import { until } from './until.ts';

export type LimiterReplica = {
  readonly limiter: RedisRateLimiter;
  readonly redis: RedisConnection;
  /** How often a call was counted without Redis. */
  readonly fallbacks: () => number;
  /** The reason, each time. */
  readonly reasons: () => readonly string[];
  /** How many answers from Redis it has received, by operation. */
  readonly answered: (operation: string) => number;
  /** Cuts off its commands from Redis, or only the answers to them. */
  readonly cut: (way: 'both' | 'answers' | undefined) => void;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly url: string;
  readonly keyPrefix: string;
  readonly store?: QuotaStateStore;
  readonly address?: string;
  readonly timeOffset?: () => number;
  /** The time at which Redis's clock stands still, epoch milliseconds: it moves only by the offset. */
  readonly standsAt?: number;
  /** The replica's own clock; it has to advance together with the offset. */
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** Longer than in production for tests that share two cores with others and are not about time. */
  readonly commandTimeoutMs?: number;
};

/**
 * The call by which a script asks Redis for the time, replaced with a fixed answer: seconds, and microseconds of the
 * current second.
 */
const TIME = `redis.call('TIME')`;
const standingAt = (lua: string, at: number): string =>
  lua.replaceAll(TIME, `{ ${Math.floor(at / 1_000)}, ${(at % 1_000) * 1_000} }`);

/** A limiter with its own connection, as each replica has. */
export const limiterReplica = async (options: Options): Promise<LimiterReplica> => {
  const target = parseRedisUrl(options.url);
  if (isLeft(target)) throw new Error(target.left);
  const { keyPrefix, commandTimeoutMs, standsAt } = options;
  const redis = new RedisConnection({
    target: target.right,
    keyPrefix,
    sleep: systemSleep,
    monotonic: systemClock.monotonic,
    random: Math.random,
    ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
  });
  await redis.firstAnswer(2_000);
  const reasons: string[] = [];
  const answers = new Map<string, number>();
  let lost: 'both' | 'answers' | undefined;
  const wire: RedisRateLimiterDeps['redis'] = {
    keyPrefix,
    script: (name, lua, keys) =>
      redis.script(name, standsAt === undefined ? lua : standingAt(lua, standsAt), keys),
    get isAway() {
      return redis.isAway;
    },
    run: async (operation, work) => {
      if (lost === 'both') throw new RedisAway('cut');
      const answer = await redis.run(operation, work);
      if (lost === 'answers') throw new RedisAway('cut');
      answers.set(operation, (answers.get(operation) ?? 0) + 1);
      return answer;
    },
  };
  const limiter = new RedisRateLimiter({
    redis: wire,
    clock: options.clock ?? systemClock,
    sleep: options.sleep ?? systemSleep,
    store: options.store ?? fakeQuotaStateStore().connect(),
    id: randomUUID(),
    address: options.address,
    onFallback: (_, reason) => reasons.push(reasonOf(reason)),
    ...(options.timeOffset === undefined ? {} : { timeOffset: options.timeOffset }),
  });
  return {
    limiter,
    redis,
    fallbacks: () => reasons.length,
    reasons: () => reasons,
    answered: (operation) => answers.get(operation) ?? 0,
    cut: (way) => (lost = way),
    close: async () => {
      await limiter.close();
      await redis.close();
    },
  };
};

/**
 * A limiter that Redis has answered at least once. A new limiter proceeds without Redis if the answer is late or this
 * process is delayed.
 */
export const answeredReplica = async (options: Options): Promise<LimiterReplica> => {
  const replica = await limiterReplica(options);
  await until(
    async () => replica.answered('heartbeat'),
    (answers) => answers > 0,
  );
  return replica;
};
