import { ContainerModule, type ContainerModuleLoadOptions } from 'inversify';
import { boundedCacheTier } from '../cache/bounded-cache-tier.ts';
import { memoryCacheTier } from '../cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../cache/tiered-cache-store.ts';
import { postgresCacheTier } from '../postgres/postgres-cache-tier.ts';
import { postgresExternalServiceReader } from '../postgres/postgres-external-service-reader.ts';
import { postgresServiceTokenFinder } from '../postgres/postgres-service-token-finder.ts';
import { postgresUnitOfWork } from '../postgres/postgres-unit-of-work.ts';
import { healthCounts } from '../postgres/service-overview.ts';
import { spoolHealth } from '../spool/spool-health.ts';
import { prometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { stateChanges } from '../telemetry/state-changes.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids, type Platform } from './identifiers.ts';
import { rateLimiter } from './rate-limiter.ts';
import { bindRedis } from './redis-binding.ts';
import { spoolingJournalOf, spoolOf } from './spooling.ts';

const reading = ({ database, databaseWatch, clock, sleep }: Platform) => ({
  database,
  sleep,
  monotonic: clock.monotonic,
  isAway: databaseWatch.isAway,
});

type Binding = Pick<ContainerModuleLoadOptions, 'bind'>;

const bindTelemetry = ({ bind }: Binding): void => {
  bind(ids.telemetry)
    .toResolvedValue(
      ({ database }) => prometheusTelemetry(() => healthCounts(database).catch(() => [])),
      [ids.platform],
    )
    .inSingletonScope();
};

const bindPostgres = ({ bind }: Binding): void => {
  bind(ids.unitOfWork)
    .toResolvedValue(
      ({ database }, relay) => postgresUnitOfWork({ database, onCommitted: relay.wake }),
      [ids.platform, ids.relay],
    )
    .inSingletonScope();

  bind(ids.services)
    .toResolvedValue((platform) => postgresExternalServiceReader(reading(platform)), [ids.platform])
    .inSingletonScope();

  bind(ids.tokens)
    .toResolvedValue((platform) => postgresServiceTokenFinder(reading(platform)), [ids.platform])
    .inSingletonScope();

  bind(ids.journal)
    .toResolvedValue(
      (platform, spool, relay) => spoolingJournalOf(platform, spool, relay.wake),
      [ids.platform, ids.spool, ids.relay],
    )
    .inSingletonScope();
};

const bindSpool = ({ bind }: Binding): void => {
  bind(ids.spool).toResolvedValue(spoolOf, [ids.platform]).inSingletonScope();

  bind(ids.spoolHealth)
    .toResolvedValue((spool, journal) => spoolHealth({ spool, journal }), [ids.spool, ids.journal])
    .inSingletonScope();
};

const bindLimiterAndCache = ({ bind }: Binding): void => {
  bind(ids.limiter).toResolvedValue(rateLimiter, [ids.platform, ids.redis, ids.telemetry]).inSingletonScope();

  bind(ids.cacheTier)
    .toResolvedValue(({ database, sleep }) => postgresCacheTier(database, sleep), [ids.platform])
    .inSingletonScope();

  bind(ids.cache)
    .toResolvedValue(
      ({ clock, config, logger }, l2) => {
        const state = stateChanges(clock.monotonic, {
          broken: (error) => logger.warn('second cache tier broken, going on without it', errorFields(error)),
          recovered: (failures) => logger.info('second cache tier works again', { failures }),
        });
        return new TieredCacheStore({
          l1: memoryCacheTier(config.cacheMaxEntries, clock),
          l2: boundedCacheTier(l2, clock.monotonic),
          clock,
          l1Ms: config.cacheLives.geocode.l1Ms,
          onBrokenTier: state.broken,
          onWorkingTier: state.works,
        });
      },
      [ids.platform, ids.cacheTier],
    )
    .inSingletonScope();
};

/** What is kept and counted: PostgreSQL, Redis, the memory of this process, and the metrics. */
export const storesModule = new ContainerModule((options) => {
  bindTelemetry(options);
  bindRedis(options);
  bindPostgres(options);
  bindSpool(options);
  bindLimiterAndCache(options);
});
