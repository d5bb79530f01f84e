import { ContainerModule, type ContainerModuleLoadOptions } from 'inversify';
import type { Application } from '../../application/application.ts';
import { authenticate } from '../../application/authenticate.ts';
import { invalidateCacheOnce, removeCacheEntryOnce } from '../../application/commands/cache-once.ts';
import { changeService } from '../../application/commands/change-service.ts';
import { invalidateCache } from '../../application/commands/invalidate-cache.ts';
import { issueToken } from '../../application/commands/issue-token.ts';
import { probeServiceOnce } from '../../application/commands/probe-once.ts';
import { probeService } from '../../application/commands/probe-service.ts';
import { registerService } from '../../application/commands/register-service.ts';
import { removeCacheEntry } from '../../application/commands/remove-cache-entry.ts';
import { removeService } from '../../application/commands/remove-service.ts';
import { revokeToken } from '../../application/commands/revoke-token.ts';
import type { HealthMonitor } from '../../application/health/health-monitor.ts';
import { onceOnly } from '../../application/once-only.ts';
import type { PipelineDeps } from '../../application/provider-call/compose.ts';
import { getServiceQuota } from '../../application/queries/get-service-quota.ts';
import { getService } from '../../application/queries/get-service.ts';
import { listServices } from '../../application/queries/list-services.ts';
import { cacheStats, listCacheEntries } from '../../application/queries/look-into-cache.ts';
import { listTokens } from '../../application/queries/list-tokens.ts';
import { getLog, listLogs, summarizeLogs } from '../../application/queries/read-logs.ts';
import { recallAnswer } from '../../application/queries/recall-answer.ts';
import { reportCosts } from '../../application/queries/report-costs.ts';
import { systemHealth } from '../../application/queries/system-health.ts';
import type { UnitOfWork } from '../../application/unit-of-work.ts';
import { postgresCacheDirectory } from '../postgres/postgres-cache-directory.ts';
import type { PostgresCacheTier } from '../postgres/postgres-cache-tier.ts';
import { postgresCallLogReader } from '../postgres/postgres-call-log-reader.ts';
import type { PostgresExternalServiceReader } from '../postgres/postgres-external-service-reader.ts';
import { postgresHealth } from '../postgres/postgres-health.ts';
import { postgresKeptAnswers } from '../postgres/postgres-kept-answers.ts';
import type { PostgresServiceTokenFinder } from '../postgres/postgres-service-token-finder.ts';
import { postgresServiceTokenReader } from '../postgres/postgres-service-token-reader.ts';
import type { PostgresWebhookConfigReader } from '../postgres/postgres-webhook-config-reader.ts';
import { rabbitmqHealth } from '../rabbitmq/rabbitmq-health.ts';
import { joseAdministratorVerifier } from '../security/jose-administrator-verifier.ts';
import { redisHealth } from '../redis/redis-health.ts';
import type { OutboundGuard } from '../security/outbound-policy.ts';
import { randomTokenMint } from '../security/token-mint.ts';
import type { DeliveryHandlers } from './deliveries.module.ts';
import { geocodingHandlers } from './geocoding-handlers.ts';
import { webhookCommands, webhookQueries } from './webhook-handlers.ts';
import { sheetsCommands, sheetsQueries, type SheetsParts } from './sheets-handlers.ts';
import { ids, type Adapters, type Platform, type UseCases } from './identifiers.ts';
import { namedParts } from './named-parts.ts';

type Parts = {
  readonly platform: Platform;
  readonly pipeline: PipelineDeps;
  readonly adapters: Adapters;
  readonly services: PostgresExternalServiceReader;
  readonly tokens: PostgresServiceTokenFinder;
  readonly webhooks: PostgresWebhookConfigReader;
  readonly deliveries: DeliveryHandlers;
  readonly cacheTier: PostgresCacheTier;
  readonly unitOfWork: UnitOfWork;
  readonly monitor: HealthMonitor;
  readonly outboundPolicy: OutboundGuard;
  readonly health: Application['queries']['systemHealth'];
  readonly sheets: SheetsParts;
};

const queries = ({
  platform,
  pipeline,
  adapters,
  services,
  webhooks,
  deliveries,
  cacheTier,
  health,
  sheets,
}: Parts): Application['queries'] => {
  const { database, clock, config, secretBox } = platform;
  const logs = postgresCallLogReader(database);
  return {
    ...geocodingHandlers(pipeline, services, adapters, config.cacheLives),
    ...sheetsQueries(pipeline, services, sheets, config.cacheLives.sheets),
    getService: getService({ services }),
    listServices: listServices({ services }),
    getServiceQuota: getServiceQuota({
      services,
      limiter: pipeline.limiter,
      tenantLimits: config.tenantLimits,
      accountOf: pipeline.accountOf,
    }),
    listLogs: listLogs({ logs }),
    getLog: getLog({ logs }),
    summarizeLogs: summarizeLogs({ logs }),
    reportCosts: reportCosts({ logs, services }),
    cacheStats: cacheStats({ cache: pipeline.cache }),
    listCacheEntries: listCacheEntries({
      directory: postgresCacheDirectory(database, cacheTier, pipeline.cacheClock ?? clock),
    }),
    listTokens: listTokens({ tokens: postgresServiceTokenReader(database) }),
    ...webhookQueries(webhooks),
    ...deliveries.queries,
    recallAnswer: recallAnswer({ answers: postgresKeptAnswers(database, secretBox) }),
    systemHealth: health,
  };
};

const commands = ({
  platform,
  pipeline,
  services,
  tokens,
  webhooks,
  deliveries,
  unitOfWork,
  monitor,
  outboundPolicy,
  sheets,
}: Parts): Application['commands'] => {
  const { secretBox, clock, ids: idSource, config } = platform;
  const { mostPerTenant } = config;
  const administration = {
    unitOfWork,
    secretBox,
    outboundPolicy,
    clock,
    ids: idSource,
    mostPerTenant,
    servicesChanged: services.invalidate,
  };
  const once = onceOnly(sheets.once);
  return {
    ...sheetsCommands(pipeline, services, sheets),
    registerService: registerService(administration),
    changeService: changeService(administration),
    removeService: removeService(administration),
    probeService: once(probeServiceOnce, probeService({ services, monitor })),
    removeCacheEntry: once(removeCacheEntryOnce, removeCacheEntry({ cache: pipeline.cache })),
    invalidateCache: once(invalidateCacheOnce, invalidateCache({ cache: pipeline.cache })),
    issueToken: issueToken({ unitOfWork, mint: randomTokenMint, clock, ids: idSource, mostPerTenant }),
    revokeToken: revokeToken({ unitOfWork, clock, tokensChanged: tokens.forgetAll }),
    ...webhookCommands(platform, unitOfWork, webhooks),
    ...deliveries.commands,
  };
};

const useCases = (given: Parts): UseCases => {
  const { tokens, platform } = given;
  const { jwt, clock } = platform;
  return {
    authenticate: authenticate({ tokens, administrators: joseAdministratorVerifier(jwt, clock), clock }),
    queries: queries(given),
    commands: commands(given),
  };
};

const bindHealth = ({ bind }: Pick<ContainerModuleLoadOptions, 'bind'>): void => {
  bind(ids.health)
    .toResolvedValue(
      ({ database, sleep }, redis, broker, spoolHealth) =>
        systemHealth([
          postgresHealth({ database, sleep }),
          spoolHealth,
          ...(redis === undefined ? [] : [redisHealth(redis)]),
          ...(broker === undefined ? [] : [rabbitmqHealth(broker)]),
        ]),
      [ids.platform, ids.redis, ids.broker, ids.spoolHealth],
    )
    .inSingletonScope();
};

const parts = namedParts<Parts>({
  platform: ids.platform,
  pipeline: ids.pipeline,
  adapters: ids.adapters,
  services: ids.services,
  tokens: ids.tokens,
  webhooks: ids.webhooks,
  deliveries: ids.deliveryHandlers,
  cacheTier: ids.cacheTier,
  unitOfWork: ids.unitOfWork,
  monitor: ids.monitor,
  outboundPolicy: ids.outboundGuard,
  health: ids.health,
  sheets: ids.sheets,
});

const bindUseCases = ({ bind }: Pick<ContainerModuleLoadOptions, 'bind'>): void => {
  bind(ids.useCases)
    .toResolvedValue((...values: unknown[]) => useCases(parts.from(values)), parts.ids)
    .inSingletonScope();
};

/** Every use case with its dependencies: the typed application that the interfaces are given. */
export const applicationModule = new ContainerModule((options) => {
  bindHealth(options);
  bindUseCases(options);
  options
    .bind(ids.application)
    .toResolvedValue((all, ingest) => ({ ...all, ingest }), [ids.useCases, ids.ingest])
    .inSingletonScope();
});
