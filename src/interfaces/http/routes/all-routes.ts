import type { Application } from '../../../application/application.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import type { Route } from '../endpoint.ts';
import { openApiDocument } from '../openapi/document.ts';
import { cacheRoutes } from './cache-routes.ts';
import { costsRoutes } from './costs-routes.ts';
import { geocodingRoutes } from './geocoding-routes.ts';
import { logsRoutes } from './logs-routes.ts';
import { operationsRoutes, type Metrics } from './operations-routes.ts';
import { servicesRoutes } from './services-routes.ts';
import { sheetsWriteRoutes } from './sheets-write-routes.ts';
import { sheetsReadRoutes } from './sheets-read-routes.ts';
import { tokensRoutes } from './tokens-routes.ts';
import { webhookDeliveriesRoutes } from './webhook-deliveries-routes.ts';
import { webhookReplayRoutes } from './webhook-replay-routes.ts';
import { webhookTrialRoutes } from './webhook-trial-routes.ts';
import { webhooksRoutes } from './webhooks-routes.ts';
import { webhookIngestRoutes, type WebhookIngestDeps } from './webhook-ingest-routes.ts';

type Deps = {
  readonly application: Application;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly deliveries: WebhookIngestDeps;
  readonly version: string;
  readonly publicUrl: string | undefined;
};

/** The route table in the order of matching: geocoding first, since its cached answers are the hot path. */
export const allRoutes = ({
  application,
  clock,
  metrics,
  deliveries,
  version,
  publicUrl,
}: Deps): readonly Route[] => {
  let text: string | undefined;
  const routes: readonly Route[] = [
    ...geocodingRoutes({ application, clock }),
    ...webhookIngestRoutes(deliveries),
    ...operationsRoutes({
      application,
      metrics,
      version,
      document: () => (text ??= JSON.stringify(openApiDocument(routes, version))),
    }),
    ...sheetsReadRoutes({ application, clock }),
    ...sheetsWriteRoutes({ application, clock }),
    ...servicesRoutes(application),
    ...logsRoutes(application),
    ...costsRoutes(application),
    ...cacheRoutes(application),
    ...tokensRoutes(application),
    // Before `/webhooks/{id}`, which would take their names for ids.
    ...webhookReplayRoutes(application),
    ...webhookDeliveriesRoutes(application),
    ...webhookTrialRoutes(application),
    ...webhooksRoutes({ application, publicUrl }),
  ];
  return routes;
};
