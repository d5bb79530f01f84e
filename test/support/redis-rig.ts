import { isLeft } from '../../src/domain/shared/fp.ts';
import {
  RedisConnection,
  type RedisConnectionDeps,
} from '../../src/infrastructure/redis/connection/redis-connection.ts';
import { parseRedisUrl } from '../../src/infrastructure/redis/connection/redis-url.ts';
import { systemClock, systemSleep } from '../../src/infrastructure/system/system-clock.ts';

/** For tests that are not about command timeouts: a busy machine takes longer than 50 ms to answer. */
const COMMAND_TIMEOUT_MS = 5_000;

/** A connection that answers, or was given up on after the waiting time. The caller's keys begin with `keyPrefix`. */
export const openRedis = async (
  url: string,
  keyPrefix: string,
  more: Partial<RedisConnectionDeps> = {},
  patienceMs = 5_000,
): Promise<RedisConnection> => {
  const target = parseRedisUrl(url);
  if (isLeft(target)) throw new Error(target.left);
  const redis = new RedisConnection({
    target: target.right,
    keyPrefix,
    sleep: systemSleep,
    monotonic: systemClock.monotonic,
    random: Math.random,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    ...more,
  });
  await redis.firstAnswer(patienceMs);
  return redis;
};

/** The same connection with a different key prefix, so that a separate cache can use it. */
export const withKeyPrefix = (
  redis: RedisConnection,
  keyPrefix: string,
): Pick<RedisConnection, 'keyPrefix' | 'run' | 'script'> => ({
  keyPrefix,
  run: (operation, work) => redis.run(operation, work),
  script: (name, lua, numberOfKeys) => redis.script(name, lua, numberOfKeys),
});
