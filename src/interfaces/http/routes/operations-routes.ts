import * as t from 'io-ts';
import type { Application } from '../../../application/application.ts';
import { right } from '../../../domain/shared/fp.ts';
import { openEndpoint, type Route } from '../endpoint.ts';
import type { AnswerDoc } from '../openapi/answers.ts';
import { entryAnswer, entryOf } from '../../wire/presenters/entry.ts';
import { healthAnswer, healthOf, liveAnswer, readyAnswer } from '../../wire/presenters/health.ts';
import { json, NO_STORE, type FlatHeaders } from '../../wire/reply.ts';
import type { Phase } from '../traffic.ts';
import { docsFileRoute, docsRoute, documentRoute } from './docs-routes.ts';

export type Metrics = () => Promise<{ readonly contentType: string; readonly body: string }>;

type Deps = {
  readonly application: Application;
  readonly metrics: Metrics;
  readonly version: string;
  /** The OpenAPI document as text. */
  readonly document: () => string;
};

const RETRY_SOON: FlatHeaders = ['Retry-After', '5'];

/** For probes, scrapers and readers: without credential or tenant. Answered also while stopping. */
export const operationsRoutes = (deps: Deps): readonly Route[] => [
  entryRoute(deps),
  healthRoute(deps),
  liveRoute,
  readyRoute(deps),
  metricsRoute(deps),
  documentRoute(deps.document),
  docsRoute,
  docsFileRoute,
];

const jsonAnswer = (status: number, description: string, content: t.Mixed): AnswerDoc => ({
  status,
  description,
  content: { 'application/json': content },
  ...(status === 503 ? { headers: ['Retry-After'] as const } : {}),
});

/** For people who open the bare address. */
const entryRoute = ({ version }: Deps): Route =>
  openEndpoint({
    method: 'get',
    path: '/',
    docs: {
      operationId: 'readEntry',
      tag: 'Operations',
      summary: 'Links to the documentation and health of the service',
      description:
        'For anybody who opens the base URL: which service answers here, and where its documentation is.',
      answers: [jsonAnswer(200, 'Paths on this host.', entryAnswer)],
    },
    serve: () => Promise.resolve(right(json(200, entryOf(version)))),
  });

const healthRoute = ({ application, version }: Deps): Route =>
  openEndpoint({
    method: 'get',
    path: '/health',
    docs: {
      operationId: 'readHealth',
      tag: 'Operations',
      summary: 'Health of the service and its dependencies',
      description:
        '`degraded`: it works, but an optional dependency is unavailable, as `detail` explains. `down`: send requests elsewhere.',
      answers: [
        jsonAnswer(200, 'The service works, possibly degraded.', healthAnswer),
        jsonAnswer(503, 'A required dependency is down.', healthAnswer),
      ],
    },
    serve: async () => {
      const health = await application.queries.systemHealth();
      const answer = healthOf(health, version);
      return right(health.status === 'down' ? json(503, answer, RETRY_SOON) : json(200, answer));
    },
  });

/** Reports only that the process answers: a lost database is no reason to restart it. */
const liveRoute = openEndpoint({
  method: 'get',
  path: '/health/live',
  docs: {
    operationId: 'readLiveness',
    tag: 'Operations',
    summary: 'Liveness probe: whether the process answers',
    description: 'For supervisors that restart processes. Dependencies are not checked.',
    answers: [jsonAnswer(200, 'The process answers.', liveAnswer)],
  },
  serve: () => Promise.resolve(right(json(200, { status: 'ok' }))),
});

const readyRoute = ({ application }: Deps): Route =>
  openEndpoint({
    method: 'get',
    path: '/health/ready',
    docs: {
      operationId: 'readReadiness',
      tag: 'Operations',
      summary: 'Readiness probe: whether requests should be sent here',
      description: 'For load balancers. Changes to 503 before the service stops.',
      answers: [
        jsonAnswer(200, 'Requests should be sent here.', readyAnswer),
        jsonAnswer(503, 'Stopping, or a required dependency is down.', readyAnswer),
      ],
    },
    serve: async ({ kit }) => {
      if (goesAway(kit.traffic.phase())) return right(json(503, { status: 'stopping' }, RETRY_SOON));
      const { status } = await application.queries.systemHealth();
      return right(status === 'down' ? json(503, { status }, RETRY_SOON) : json(200, { status: 'ready' }));
    },
  });

/** A worker that is being replaced says nothing about the others on its port. */
const goesAway = (phase: Phase): boolean => phase === 'draining' || phase === 'stopping';

const metricsRoute = ({ metrics }: Deps): Route =>
  openEndpoint({
    method: 'get',
    path: '/metrics',
    docs: {
      operationId: 'readMetrics',
      tag: 'Operations',
      summary: 'Metrics in Prometheus format',
      description:
        'Of all workers together. They contain no tenant, address or key; nevertheless, do not expose them outside your network.',
      answers: [{ status: 200, description: 'All time series.', content: { 'text/plain': t.string } }],
    },
    serve: async () => {
      const { contentType, body } = await metrics();
      return right({ status: 200, headers: ['Content-Type', contentType, ...NO_STORE], body });
    },
  });
