import { isLeft } from '../../domain/shared/fp.ts';
import { RedisConnection } from '../redis/connection/redis-connection.ts';
import { parseRedisUrl } from '../redis/connection/redis-url.ts';
import { redisMetrics } from '../telemetry/metrics.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { stateChanges } from '../telemetry/state-changes.ts';
import { ids, type Binding, type Platform } from './identifiers.ts';

/** Quiet time after which Redis counts as back, rather than as answering between two failures. */
const QUIET_MS = 1_500;

const connection = (
  { config, clock, sleep, logger }: Platform,
  { registry }: PrometheusTelemetry,
): RedisConnection | undefined => {
  if (config.redisUrl === undefined) return undefined;
  const target = parseRedisUrl(config.redisUrl);
  if (isLeft(target)) throw new Error(`REDIS_URL: ${target.left}`);
  const metrics = redisMetrics(registry);
  const state = stateChanges(
    clock.monotonic,
    {
      broken: (reason) => logger.warn('Redis is away, going on without it', { reason }),
      recovered: () => logger.info('Redis answers again'),
      further: (reason) => logger.warn('Redis is still away, for another reason', { reason }),
    },
    QUIET_MS,
  );
  const refusals = stateChanges(clock.monotonic, {
    broken: (reason) =>
      logger.warn('Redis refuses commands, continuing without what they would do', { reason }),
    recovered: (refused) => logger.info('Redis refuses no commands any more', { refused }),
    further: (reason) => logger.warn('Redis refuses commands for another reason', { reason }),
  });
  return new RedisConnection({
    target: config.redisCa === undefined ? target.right : { ...target.right, ca: config.redisCa },
    keyPrefix: config.redisKeyPrefix,
    sleep,
    monotonic: clock.monotonic,
    random: Math.random,
    onFailed: (operation) => metrics.failures.inc({ operation }),
    onAway: ({ reason }) => {
      metrics.up.set(0);
      state.broken(reason);
    },
    onRefused: ({ reason }) => refusals.broken(reason),
    onAnswering: () => {
      metrics.up.set(1);
      state.works();
      refusals.works();
    },
  });
};

export const bindRedis = ({ bind }: Binding): void => {
  bind(ids.redis).toResolvedValue(connection, [ids.platform, ids.telemetry]).inSingletonScope();
};
