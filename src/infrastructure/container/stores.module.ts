import { ContainerModule } from 'inversify';
import { postgresExternalServiceReader } from '../postgres/services/postgres-external-service-reader.ts';
import { postgresServiceTokenFinder } from '../postgres/access/postgres-service-token-finder.ts';
import { postgresUnitOfWork } from '../postgres/unit-of-work/postgres-unit-of-work.ts';
import { postgresWebhookConfigReader } from '../postgres/webhooks/postgres-webhook-config-reader.ts';
import { healthCounts } from '../postgres/services/service-overview.ts';
import { spoolHealth } from '../spool/spool-health.ts';
import { askedInTime } from '../system/asked-in-time.ts';
import { prometheusTelemetry, SCRAPE_PATIENCE_MS } from '../telemetry/prometheus-telemetry.ts';
import { managedRanges } from '../webhooks/managed-ranges.ts';
import { bindCache } from './cache-binding.ts';
import { ids, type Binding, type Platform } from './identifiers.ts';
import { rateLimiter } from './rate-limiter.ts';
import { bindRedis } from './redis-binding.ts';
import { spoolingJournalOf, spoolOf } from './spooling.ts';

const reading = ({ database, databaseWatch, clock, sleep }: Platform) => ({
  database,
  sleep,
  monotonic: clock.monotonic,
  isAway: databaseWatch.isAway,
});

const rangesOf = ({ database, clock, config, logger }: Platform) =>
  managedRanges({ database, clock, path: config.ipRangesPath, logger });

const bindTelemetry = ({ bind }: Binding): void => {
  bind(ids.telemetry)
    .toResolvedValue(
      ({ database, sleep, clock }) => {
        const counts = askedInTime(() => healthCounts(database), { sleep, withinMs: SCRAPE_PATIENCE_MS });
        return prometheusTelemetry(async () => (await counts()) ?? [], clock.monotonic);
      },
      [ids.platform],
    )
    .inSingletonScope();
};

const bindPostgres = ({ bind }: Binding): void => {
  bind(ids.unitOfWork)
    .toResolvedValue(
      ({ database, secretBox }, relay) =>
        postgresUnitOfWork({ database, secretBox, onCommitted: relay.wake }),
      [ids.platform, ids.relay],
    )
    .inSingletonScope();

  bind(ids.services)
    .toResolvedValue((platform) => postgresExternalServiceReader(reading(platform)), [ids.platform])
    .inSingletonScope();

  bind(ids.tokens)
    .toResolvedValue((platform) => postgresServiceTokenFinder(reading(platform)), [ids.platform])
    .inSingletonScope();

  bind(ids.webhooks)
    .toResolvedValue(
      ({ database, clock, sleep }) => postgresWebhookConfigReader({ database, clock, sleep }),
      [ids.platform],
    )
    .inSingletonScope();

  bind(ids.managedRanges).toResolvedValue(rangesOf, [ids.platform]).inSingletonScope();

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

const bindLimiter = ({ bind }: Binding): void => {
  bind(ids.limiter).toResolvedValue(rateLimiter, [ids.platform, ids.redis, ids.telemetry]).inSingletonScope();
};

/** Storage and counters: PostgreSQL, Redis, the memory of this process, and the metrics. */
export const storesModule = new ContainerModule((options) => {
  bindTelemetry(options);
  bindRedis(options);
  bindPostgres(options);
  bindSpool(options);
  bindLimiter(options);
  bindCache(options);
});
