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
      summary: 'Where to look first',
      description: 'For whoever opens the bare address: what answers here, and where its description stands.',
      answers: [jsonAnswer(200, 'Paths of this host.', entryAnswer)],
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
      summary: 'How this service and what it leans on fare',
      description:
        '`degraded`: it works, and something it can do without is away, which `detail` tells. `down`: send requests elsewhere.',
      answers: [
        jsonAnswer(200, 'Works, perhaps degraded.', healthAnswer),
        jsonAnswer(503, 'Something it cannot do without is down.', healthAnswer),
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
    summary: 'Whether the process answers',
    description: 'For whoever restarts processes. It asks nothing of what the service leans on.',
    answers: [jsonAnswer(200, 'It does.', liveAnswer)],
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
      summary: 'Whether requests should be sent here',
      description: 'For whoever balances the load. Turns to 503 before the service stops.',
      answers: [
        jsonAnswer(200, 'They should.', readyAnswer),
        jsonAnswer(503, 'Stopping, or something required is down.', readyAnswer),
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
      summary: 'Metrics in the format of Prometheus',
      description:
        'Of all workers together. No tenant, address or key is in them; keep them inside your network all the same.',
      answers: [{ status: 200, description: 'All series.', content: { 'text/plain': t.string } }],
    },
    serve: async () => {
      const { contentType, body } = await metrics();
      return right({ status: 200, headers: ['Content-Type', contentType, ...NO_STORE], body });
    },
  });
