import type { ContainerModuleLoadOptions, ServiceIdentifier } from 'inversify';
import type { CommandQueue } from '../../application/command-queue.ts';
import type { CommandReceipts } from '../../application/command-receipts.ts';
import type { EventBus } from '../../application/event-bus.ts';
import type { Application } from '../../application/application.ts';
import type { HealthMonitor } from '../../application/health/health-monitor.ts';
import type { OnceOnlyDeps } from '../../application/once-only.ts';
import type { AccountOf } from '../../application/provider-call/quota/account-subjects.ts';
import type { PipelineDeps } from '../../application/provider-call/compose.ts';
import type { Timers } from '../../application/timers.ts';
import type { Spreadsheets } from '../../application/provider-call/operations/spreadsheet-operation.ts';
import type { OperationLives } from '../../application/provider-call/operations/answer-lives.ts';
import type { CommandTelemetry, Telemetry } from '../../application/telemetry.ts';
import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { Tracing } from '../../application/tracing.ts';
import type { UnitOfWork } from '../../application/unit-of-work.ts';
import type { Geocoder } from '../../domain/provider/geocoder.ts';
import type { Router } from '../../domain/provider/router.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { SpreadsheetWriters } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import type { Clock, IdSource, Sleep } from '../../domain/shared/clock.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { TieredCacheStore } from '../cache/tiered-cache-store.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../postgres/database.ts';
import type { DatabaseClock } from '../postgres/connection/database-clock.ts';
import type { DatabaseWatch } from '../postgres/connection/database-watch.ts';
import type { OutboxRelay } from '../postgres/outbox/outbox-relay.ts';
import type { PostgresCacheTier } from '../postgres/cache/postgres-cache-tier.ts';
import type { PostgresExternalServiceReader } from '../postgres/services/postgres-external-service-reader.ts';
import type { PostgresServiceTokenFinder } from '../postgres/access/postgres-service-token-finder.ts';
import type { PostgresWebhookConfigReader } from '../postgres/webhooks/postgres-webhook-config-reader.ts';
import type { RedisFlights } from '../redis/flights/redis-flights.ts';
import type { RedisConnection } from '../redis/connection/redis-connection.ts';
import type { ProviderHttp } from '../providers/provider-http.ts';
import type { OutboundGuard } from '../security/outbound-policy.ts';
import type { Spool } from '../spool/spool.ts';
import type { SpoolingCallJournal } from '../spool/spooling-call-journal.ts';
import type { JoseAdministratorVerifier, JwtSettings } from '../security/jose-administrator-verifier.ts';
import type { RabbitmqConnection } from '../rabbitmq/rabbitmq-connection.ts';
import type { EventMetrics } from '../telemetry/event-metrics.ts';
import type { WebhookIngest } from '../../application/webhooks/webhook-ingest.ts';
import type { PostgresDeliveryLedger } from '../postgres/webhooks/postgres-delivery-ledger.ts';
import type { PostgresDeliveryTally } from '../postgres/webhooks/postgres-delivery-tally.ts';
import type { ReplayRunner } from '../postgres/webhooks/replay-runner.ts';
import type { PostgresLimitNotices } from '../postgres/services/postgres-limit-notices.ts';
import type { PostgresRejectionLog } from '../postgres/webhooks/postgres-rejection-log.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus-telemetry.ts';
import type { Logger } from '../telemetry/winston-logger.ts';
import type { ManagedRanges } from '../webhooks/managed-ranges.ts';
import type { SheetsParts } from './sheets-handlers.ts';

/** What exists before the container builds anything. */
export type Platform = {
  readonly config: Config;
  readonly database: Database;
  /**
   * A connection pool only for the commits of the trail and of deliveries, which therefore never queue behind a report.
   */
  readonly journalDatabase: Pick<Database, 'pool' | 'close'>;
  readonly databaseWatch: DatabaseWatch;
  /** The id of the installation, stored in its database. */
  readonly installation: string;
  readonly secretBox: SecretBox;
  readonly jwt: JwtSettings;
  readonly logger: Logger;
  /** Undefined when no traces are collected. */
  readonly tracing: Tracing | undefined;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly ids: IdSource;
  readonly version: string;
};

export type Adapters = { readonly [provider: string]: (Geocoder & Router) | undefined };
/** All use cases except those that take webhook deliveries in. */
export type UseCases = Omit<Application, 'ingest'>;
/** Use cases that read and replay deliveries. */
export type DeliveryHandlers = {
  readonly queries: Pick<
    Application['queries'],
    | 'listDeliveries'
    | 'listRejections'
    | 'getDelivery'
    | 'getDeliveryBody'
    | 'tryDelivery'
    | 'countReplayable'
    | 'listReplays'
    | 'getReplay'
  >;
  readonly commands: Pick<Application['commands'], 'replayDelivery' | 'startReplay' | 'cancelReplay'>;
};
export type Lives = { readonly [operation in 'geocode' | 'reverse' | 'distance' | 'sheets']: OperationLives };

/** The timers of this process. */
export const timers: Timers = {
  set: (callback, ms) => setTimeout(callback, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** The part of inversify's loading options that a module uses. */
export type Binding = Pick<ContainerModuleLoadOptions, 'bind'>;

const identifier = <T>(name: string): ServiceIdentifier<T> => Symbol.for(name) as ServiceIdentifier<T>;

/** The container's only identifiers: one per role, typed by what is bound to it. */
export const ids = {
  platform: identifier<Platform>('Platform'),
  telemetry: identifier<PrometheusTelemetry & Telemetry>('Telemetry'),
  broker: identifier<RabbitmqConnection | undefined>('Broker'),
  eventMetrics: identifier<EventMetrics>('EventMetrics'),
  bus: identifier<EventBus>('EventBus'),
  relay: identifier<OutboxRelay>('OutboxRelay'),
  unitOfWork: identifier<UnitOfWork>('UnitOfWork'),
  managedRanges: identifier<ManagedRanges>('ManagedRanges'),
  services: identifier<PostgresExternalServiceReader>('ExternalServiceReader'),
  tokens: identifier<PostgresServiceTokenFinder>('ServiceTokenFinder'),
  administrators: identifier<JoseAdministratorVerifier>('AdministratorVerifier'),
  webhooks: identifier<PostgresWebhookConfigReader>('WebhookConfigReader'),
  deliveryLedger: identifier<PostgresDeliveryLedger>('DeliveryLedger'),
  deliveryTally: identifier<PostgresDeliveryTally>('DeliveryTally'),
  rejectionLog: identifier<PostgresRejectionLog>('RejectionLog'),
  limitNotices: identifier<PostgresLimitNotices>('LimitNotices'),
  replayRunner: identifier<ReplayRunner>('ReplayRunner'),
  deliveryHandlers: identifier<DeliveryHandlers>('DeliveryHandlers'),
  ingest: identifier<WebhookIngest>('WebhookIngest'),
  /** Undefined without `REDIS_URL`. */
  redis: identifier<RedisConnection | undefined>('RedisConnection'),
  spool: identifier<Spool>('Spool'),
  journal: identifier<SpoolingCallJournal>('CallJournal'),
  health: identifier<Application['queries']['systemHealth']>('SystemHealth'),
  spoolHealth: identifier<DependencyCheck>('SpoolHealth'),
  limiter: identifier<RateLimiter & { close: () => Promise<void> }>('RateLimiter'),
  cacheClock: identifier<DatabaseClock>('CacheClock'),
  cacheTier: identifier<PostgresCacheTier>('CacheTier'),
  cache: identifier<TieredCacheStore>('CacheStore'),
  /** Undefined without `REDIS_URL`. */
  clusterFlights: identifier<RedisFlights | undefined>('ClusterFlights'),
  outboundGuard: identifier<OutboundGuard>('OutboundGuard'),
  providerHttp: identifier<ProviderHttp>('ProviderHttp'),
  adapters: identifier<Adapters>('ProviderAdapters'),
  spreadsheets: identifier<Spreadsheets>('Spreadsheets'),
  sheetsHttp: identifier<ProviderHttp>('SheetsHttp'),
  sheets: identifier<SheetsParts>('Sheets'),
  monitor: identifier<HealthMonitor>('HealthMonitor'),
  commandTelemetry: identifier<CommandTelemetry>('CommandTelemetry'),
  commandQueue: identifier<CommandQueue>('CommandQueue'),
  commandReceipts: identifier<CommandReceipts>('CommandReceipts'),
  onceOnly: identifier<OnceOnlyDeps>('OnceOnly'),
  spreadsheetWriters: identifier<SpreadsheetWriters>('SpreadsheetWriters'),
  accountOf: identifier<AccountOf>('AccountOf'),
  pipeline: identifier<PipelineDeps>('PipelineDeps'),
  useCases: identifier<UseCases>('UseCases'),
  application: identifier<Application>('Application'),
} as const;
