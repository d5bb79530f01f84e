import { providerNames } from '../../domain/external-service/external-service.ts';
import type { QuotaStateStore } from '../../domain/rate-limit/quota-state-store.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import { MemoryRateLimiter } from '../memory/memory-rate-limiter.ts';
import { postgresQuotaStateStore } from '../postgres/services/postgres-quota-state-store.ts';
import { reasonOf } from '../redis/connection/redis-away.ts';
import type { RedisConnection } from '../redis/connection/redis-connection.ts';
import { RedisRateLimiter } from '../redis/quota/redis-rate-limiter.ts';
import { processAddress } from '../system/process-address.ts';
import { limiterMetrics } from '../telemetry/metrics.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { reportedQuotaStore } from '../telemetry/reported-quota-store.ts';
import { stateChanges } from '../telemetry/state-changes.ts';
import type { Platform } from './identifiers.ts';

type ClosableLimiter = RateLimiter & { readonly close: () => Promise<void> };

const PROVIDERS: ReadonlySet<string> = new Set(providerNames);
/** Tenants choose the names of their services, so only names that everybody has become metric labels. */
const labelOf = (serviceName: string): string =>
  PROVIDERS.has(serviceName) || serviceName.startsWith('tenant:') ? serviceName : 'other';

const SUM_MS = 10_000;

/** Reports the first count at once and later ones as sums, so that there is no log line per call. */
const summed = (monotonic: () => number, say: (sum: number) => void): ((count: number) => void) => {
  let sum = 0;
  let saidAt = Number.NEGATIVE_INFINITY;
  return (count) => {
    sum += count;
    if (monotonic() - saidAt < SUM_MS) return;
    say(sum);
    [sum, saidAt] = [0, monotonic()];
  };
};

/** Counts in Redis if there is one, otherwise in this process. */
export const rateLimiter = (
  platform: Platform,
  redis: RedisConnection | undefined,
  { registry }: PrometheusTelemetry,
): ClosableLimiter => {
  const { database, databaseWatch, clock, sleep, logger } = platform;
  const store = reportedQuotaStore(postgresQuotaStateStore(database), {
    registry,
    logger,
    monotonic: clock.monotonic,
    isAway: databaseWatch.isAway,
  });
  if (redis !== undefined) return limiterInRedis(platform, store, redis, registry);
  return new MemoryRateLimiter({
    clock,
    sleep,
    store,
    onUnleased: summed(clock.monotonic, (permits) =>
      logger.warn('quota granted without a stored lease', { permits }),
    ),
  });
};

const limiterInRedis = (
  { config, clock, sleep, logger, ids }: Platform,
  store: QuotaStateStore,
  redis: RedisConnection,
  registry: PrometheusTelemetry['registry'],
): ClosableLimiter => {
  const { fallbacks } = limiterMetrics(registry);
  const state = stateChanges(clock.monotonic, {
    broken: (reason) =>
      logger.warn('quotas go on without Redis, within the share of this replica', {
        reason: reasonOf(reason),
      }),
    recovered: (calls) => logger.info('quotas are counted in Redis again', { calls_without: calls }),
  });
  return new RedisRateLimiter({
    redis,
    clock,
    sleep,
    store,
    id: ids.uuid(),
    address: processAddress(config),
    onFallback: (serviceName, reason) => {
      fallbacks.inc({ service: labelOf(serviceName) });
      state.broken(reason);
    },
    onCounting: state.works,
  });
};
