import { ContainerModule } from 'inversify';
import { secretOpener } from '../../domain/webhook/opened-secrets.ts';
import { webhookIngest } from '../../application/webhooks/webhook-ingest.ts';
import type { WebhookTelemetry } from '../../application/webhooks/webhook-telemetry.ts';
import { memoryFloodGuard } from '../memory/memory-flood-guard.ts';
import { PostgresDeliveryLedger } from '../postgres/webhooks/postgres-delivery-ledger.ts';
import { postgresDeliverySpool } from '../postgres/webhooks/postgres-delivery-spool.ts';
import { postgresDeliveryTally } from '../postgres/webhooks/postgres-delivery-tally.ts';
import { postgresLimitNotices } from '../postgres/services/postgres-limit-notices.ts';
import { postgresRejectionLog } from '../postgres/webhooks/postgres-rejection-log.ts';
import { noteLines } from '../telemetry/note-lines.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import { prometheusWebhookTelemetry } from '../telemetry/webhook-telemetry.ts';
import { addressVerdicts } from '../webhooks/addresses.ts';
import { ids, type Binding, type Platform } from './identifiers.ts';
import { namedParts } from './named-parts.ts';

const linesOf = ({ databaseWatch, logger, clock }: Platform, what: string) =>
  noteLines({ logger, monotonic: clock.monotonic, isAway: databaseWatch.isAway }, what);

const bindLedger = ({ bind }: Binding): void => {
  bind(ids.deliveryLedger)
    .toResolvedValue(
      ({ database, journalDatabase, databaseWatch, clock, sleep }, relay) =>
        new PostgresDeliveryLedger({
          groupPool: journalDatabase.pool,
          largePool: database.pool,
          isAway: databaseWatch.isAway,
          clock,
          sleep,
          onCommitted: relay.wake,
        }),
      [ids.platform, ids.relay],
    )
    .inSingletonScope();
};

/** Records that no sender waits for: gathered in memory and stored a little later. */
const bindNotes = ({ bind }: Binding): void => {
  bind(ids.deliveryTally)
    .toResolvedValue(
      (platform) =>
        postgresDeliveryTally({
          database: platform.database,
          ...linesOf(platform, 'delivery counters of webhooks'),
        }),
      [ids.platform],
    )
    .inSingletonScope();

  bind(ids.rejectionLog)
    .toResolvedValue(
      (platform) =>
        postgresRejectionLog({
          database: platform.database,
          ids: platform.ids,
          ...linesOf(platform, 'records of refused deliveries'),
        }),
      [ids.platform],
    )
    .inSingletonScope();

  bind(ids.limitNotices)
    .toResolvedValue(
      (platform, relay) =>
        postgresLimitNotices({
          ...platform,
          onCommitted: relay.wake,
          ...linesOf(platform, 'events about exceeded rate limits'),
        }),
      [ids.platform, ids.relay],
    )
    .inSingletonScope();
};

/** Refusals by a webhook's rate limit are counted together with those by quotas of providers, too. */
const telemetryOf = ({ registry, rateLimitExceeded }: PrometheusTelemetry): WebhookTelemetry => {
  const own = prometheusWebhookTelemetry(registry);
  return {
    ...own,
    limited: (granted) => {
      own.limited(granted);
      if (!granted) rateLimitExceeded('webhook');
    },
  };
};

const ingestParts = namedParts({
  platform: ids.platform,
  metrics: ids.telemetry,
  webhooks: ids.webhooks,
  ledger: ids.deliveryLedger,
  tally: ids.deliveryTally,
  rejections: ids.rejectionLog,
  limiter: ids.limiter,
  notices: ids.limitNotices,
  ranges: ids.managedRanges,
});

const bindIngest = ({ bind }: Binding): void => {
  bind(ids.ingest)
    .toResolvedValue((...values: unknown[]) => {
      const { platform, metrics, ranges, ...given } = ingestParts.from(values);
      const { clock, sleep, config, secretBox, database } = platform;
      return webhookIngest({
        ...given,
        clock,
        sleep,
        ids: platform.ids,
        limits: config.tenantLimits.webhook,
        openSecrets: secretOpener(secretBox),
        flood: memoryFloodGuard({ monotonic: clock.monotonic }),
        judgeAddress: addressVerdicts(ranges),
        spool: postgresDeliverySpool({ database, clock }),
        telemetry: telemetryOf(metrics),
      });
    }, ingestParts.ids)
    .inSingletonScope();
};

/** How webhook deliveries come in. */
export const ingestModule = new ContainerModule((options) => {
  bindLedger(options);
  bindNotes(options);
  bindIngest(options);
});
