import { ContainerModule } from 'inversify';
import type { Application } from '../../application/application.ts';
import { authenticate } from '../../application/authenticate.ts';
import type { PipelineDeps } from '../../application/provider-call/compose.ts';
import { getLog, listLogs, summarizeLogs } from '../../application/queries/read-logs.ts';
import { recallAnswer } from '../../application/queries/recall-answer.ts';
import { reportCosts } from '../../application/queries/report-costs.ts';
import { postgresCallLogReader } from '../postgres/trail/postgres-call-log-reader.ts';
import { postgresKeptAnswers } from '../postgres/idempotency/postgres-kept-answers.ts';
import type { PostgresWebhookConfigReader } from '../postgres/webhooks/postgres-webhook-config-reader.ts';
import type { JoseAdministratorVerifier } from '../security/jose-administrator-verifier.ts';
import {
  administrationCommands,
  administrationQueries,
  type AdministrationParts,
} from './administration-handlers.ts';
import { bindAdministrators } from './administrators-binding.ts';
import { geocodingHandlers } from './geocoding-handlers.ts';
import { ids, type Adapters, type Binding, type DeliveryHandlers, type UseCases } from './identifiers.ts';
import { namedParts } from './named-parts.ts';
import { sheetsCommands, sheetsQueries } from './sheets-handlers.ts';
import { webhookCommands, webhookQueries } from './webhook-handlers.ts';

type Parts = AdministrationParts & {
  readonly pipeline: PipelineDeps;
  readonly adapters: Adapters;
  readonly administrators: JoseAdministratorVerifier;
  readonly webhooks: PostgresWebhookConfigReader;
  readonly deliveries: DeliveryHandlers;
  readonly health: Application['queries']['systemHealth'];
};

const queries = (given: Parts): Application['queries'] => {
  const { platform, pipeline, adapters, services, webhooks, deliveries, health, sheets } = given;
  const { database, config, secretBox } = platform;
  const logs = postgresCallLogReader(database);
  return {
    ...geocodingHandlers(pipeline, services, adapters, config.cacheLives),
    ...sheetsQueries(pipeline, services, sheets, config.cacheLives.sheets),
    ...administrationQueries(given),
    listLogs: listLogs({ logs }),
    getLog: getLog({ logs }),
    summarizeLogs: summarizeLogs({ logs }),
    reportCosts: reportCosts({ logs, services }),
    ...webhookQueries(webhooks),
    ...deliveries.queries,
    recallAnswer: recallAnswer({ answers: postgresKeptAnswers(database, secretBox) }),
    systemHealth: health,
  };
};

const commands = (given: Parts): Application['commands'] => {
  const { platform, pipeline, services, webhooks, deliveries, unitOfWork, sheets } = given;
  return {
    ...sheetsCommands(pipeline, services, sheets),
    ...administrationCommands(given),
    ...webhookCommands(platform, unitOfWork, webhooks),
    ...deliveries.commands,
  };
};

const useCases = (given: Parts): UseCases => {
  const { tokens, administrators, platform } = given;
  return {
    authenticate: authenticate({ tokens, administrators, clock: platform.clock }),
    queries: queries(given),
    commands: commands(given),
  };
};

const parts = namedParts<Parts>({
  platform: ids.platform,
  pipeline: ids.pipeline,
  adapters: ids.adapters,
  services: ids.services,
  tokens: ids.tokens,
  administrators: ids.administrators,
  webhooks: ids.webhooks,
  deliveries: ids.deliveryHandlers,
  cache: ids.cache,
  cacheTier: ids.cacheTier,
  cacheClock: ids.cacheClock,
  limiter: ids.limiter,
  accountOf: ids.accountOf,
  unitOfWork: ids.unitOfWork,
  monitor: ids.monitor,
  outboundPolicy: ids.outboundGuard,
  health: ids.health,
  sheets: ids.sheets,
});

const bindUseCases = ({ bind }: Binding): void => {
  bind(ids.useCases)
    .toResolvedValue((...values: unknown[]) => useCases(parts.from(values)), parts.ids)
    .inSingletonScope();
};

/** Every use case with its dependencies: the typed `Application` that the interfaces receive. */
export const applicationModule = new ContainerModule((options) => {
  bindAdministrators(options);
  bindUseCases(options);
  options
    .bind(ids.application)
    .toResolvedValue((all, ingest) => ({ ...all, ingest }), [ids.useCases, ids.ingest])
    .inSingletonScope();
});
