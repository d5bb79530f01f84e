import type { CacheTier, FirstTier } from '../cache/cache-tier.ts';
import { boundedCacheTier } from '../cache/bounded-cache-tier.ts';
import { memoryCacheTier } from '../cache/memory-cache-tier.ts';
import { soleWriterTier } from '../cache/sole-writer-tier.ts';
import { TieredCacheStore } from '../cache/tiered-cache-store.ts';
import { DatabaseClock } from '../postgres/connection/database-clock.ts';
import {
  endsOfKeys,
  postgresCacheTier,
  type PostgresCacheTier,
} from '../postgres/cache/postgres-cache-tier.ts';
import { RedisCacheTier } from '../redis/cache/redis-cache-tier.ts';
import type { RedisConnection } from '../redis/connection/redis-connection.ts';
import { RedisFlights } from '../redis/flights/redis-flights.ts';
import { redisSharedPurges } from '../redis/cache/redis-shared-purges.ts';
import { stateChanges } from '../telemetry/state-changes.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids, timers, type Binding, type Platform } from './identifiers.ts';

/** With Redis the first tier is in Redis; memory then holds only what must not leave the process. */
const firstTier = (
  { config }: Platform,
  clock: DatabaseClock,
  redis: RedisConnection | undefined,
): FirstTier => {
  const maxEntries = config.cacheMaxEntries;
  const local = memoryCacheTier(maxEntries, clock);
  return redis === undefined
    ? local
    : new RedisCacheTier({ redis, local, clock, latest: clock.latest, maxEntries });
};

/** The embedded database serves a single process, so nobody else writes its entries. */
const secondTier = ({ config, database }: Platform, l2: PostgresCacheTier): CacheTier =>
  config.databaseUrl === undefined ? soleWriterTier(l2, () => endsOfKeys(database)) : l2;

const cache = (
  platform: Platform,
  clock: DatabaseClock,
  l2: PostgresCacheTier,
  redis: RedisConnection | undefined,
): TieredCacheStore => {
  const { config, logger } = platform;
  const state = stateChanges(clock.monotonic, {
    broken: (error) => logger.warn('second cache tier broken, going on without it', errorFields(error)),
    recovered: (failures) => logger.info('second cache tier works again', { failures }),
  });
  return new TieredCacheStore({
    l1: firstTier(platform, clock, redis),
    l2: boundedCacheTier(secondTier(platform, l2), clock.monotonic),
    sharedPurges: redis && redisSharedPurges(redis, platform.ids),
    clock,
    latest: clock.latest,
    passed: clock.passed,
    l1Ms: config.cacheLives.geocode.l1Ms,
    onBrokenTier: state.broken,
    onWorkingTier: state.works,
  });
};

/** Both tiers of the cache, and the single flight across the replicas that share it. */
export const bindCache = ({ bind }: Binding): void => {
  bind(ids.cacheTier)
    .toResolvedValue(({ database, sleep }) => postgresCacheTier(database, sleep), [ids.platform])
    .inSingletonScope();

  bind(ids.cacheClock)
    .toResolvedValue((platform) => new DatabaseClock(platform), [ids.platform])
    .inSingletonScope();

  bind(ids.cache)
    .toResolvedValue(cache, [ids.platform, ids.cacheClock, ids.cacheTier, ids.redis])
    .inSingletonScope();

  bind(ids.clusterFlights)
    .toResolvedValue(
      (platform, redis) => redis && new RedisFlights({ redis, ids: platform.ids, timers }),
      [ids.platform, ids.redis],
    )
    .inSingletonScope();
};
