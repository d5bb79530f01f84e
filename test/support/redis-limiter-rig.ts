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
  /** Why, each time. */
  readonly reasons: () => readonly string[];
  /** How often Redis has answered it, by operation. */
  readonly answered: (operation: string) => number;
  /** Its commands no longer reach Redis, or reach it and their answers do not come back. */
  readonly cut: (way: 'both' | 'answers' | undefined) => void;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly url: string;
  readonly keyPrefix: string;
  readonly store?: QuotaStateStore;
  readonly address?: string;
  readonly timeOffset?: () => number;
  /** Where Redis's clock stands still, epoch milliseconds: the offset alone moves it. */
  readonly standsAt?: number;
  /** The replica's own clock; must go with the offset. */
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** Longer than in production where a test shares two cores with others and is not about time. */
  readonly commandTimeoutMs?: number;
};

/** What a script asks Redis for, and what it is told instead: seconds, and microseconds of the next one. */
const TIME = `redis.call('TIME')`;
const standingAt = (lua: string, at: number): string =>
  lua.replaceAll(TIME, `{ ${Math.floor(at / 1_000)}, ${(at % 1_000) * 1_000} }`);

/** A limiter with a connection of its own, as one replica has it. */
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
 * One that Redis has answered: it goes on without it where that does not answer soon, or this process is held up
 * meanwhile.
 */
export const answeredReplica = async (options: Options): Promise<LimiterReplica> => {
  const replica = await limiterReplica(options);
  await until(
    async () => replica.answered('heartbeat'),
    (answers) => answers > 0,
  );
  return replica;
};
