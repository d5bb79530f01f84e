import * as t from 'io-ts';
import type { Application } from '../../../application/application.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { groupedPeriodQuery, logListQuery } from '../../wire/codecs/log-query-codecs.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { listEndpoint } from '../list-endpoint.ts';
import { dataAnswer, pageAnswer } from '../openapi/answers.ts';
import { logAnswer, logOf, summaryAnswer, summaryOf } from '../../wire/presenters/log.ts';
import { ok } from '../../wire/reply.ts';

/** Routes of the trail. `summary` comes before `{id}`, which would take it for an id. */
export const logsRoutes = (application: Application): readonly Route[] => [
  listRoute(application),
  summaryRoute(application),
  readRoute(application),
];

const shared = { method: 'get', scopes: ['logs:read'], body: noBody } as const;

const listRoute = ({ queries }: Application): Route =>
  listEndpoint({
    path: '/logs',
    scopes: shared.scopes,
    query: logListQuery,
    docs: {
      operationId: 'listLogs',
      tag: 'Logs',
      summary: 'List calls, newest first',
      answers: [pageAnswer('One page.', logAnswer)],
    },
    find: ({ ctx, query }) => queries.listLogs(ctx, query),
    present: logOf,
  });

const summaryRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    path: '/logs/summary',
    query: groupedPeriodQuery('service'),
    docs: {
      operationId: 'summarizeLogs',
      tag: 'Logs',
      summary: 'Count and time calls by group',
      answers: [dataAnswer('One row per group.', t.readonlyArray(summaryAnswer))],
    },
    handle: async ({ ctx, query }) => {
      const rows = await queries.summarizeLogs(ctx, query);
      return isLeft(rows) ? rows : right(ok(rows.right.map(summaryOf)));
    },
  });

const readRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    path: '/logs/{id}',
    query: noQuery,
    idOf: 'log',
    docs: {
      operationId: 'readLog',
      tag: 'Logs',
      summary: 'Read one call',
      answers: [dataAnswer('The call.', logAnswer)],
    },
    handle: async ({ ctx, id }) => {
      const found = await queries.getLog(ctx, { id });
      return isLeft(found) ? found : right(ok(logOf(found.right)));
    },
  });
