import * as t from 'io-ts';
import type { Application } from '../../../application/application.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { groupedPeriodQuery } from '../../wire/codecs/log-query-codecs.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { onceEndpoint } from '../once-endpoint.ts';
import { dataAnswer } from '../openapi/answers.ts';
import { costAnswer, costOf } from '../../wire/presenters/log.ts';
import { probeAnswer, probeOf, quotaAnswer, quotaOf } from '../../wire/presenters/service.ts';
import { ok } from '../../wire/reply.ts';

/** What can be asked about a service beyond its settings. */
export const serviceReportRoutes = (application: Application): readonly Route[] => [
  healthCheckRoute(application),
  quotaRoute(application),
  costsRoute(application),
];

const shared = { query: noQuery, body: noBody, idOf: 'service' } as const;

const healthCheckRoute = ({ commands }: Application): Route =>
  onceEndpoint({
    ...shared,
    method: 'post',
    path: '/services/{id}/health-checks',
    scopes: ['services:manage'],
    docs: {
      operationId: 'checkService',
      tag: 'Services',
      summary: 'Ask the provider now whether it answers',
      description:
        "May cost one call of the provider's quota. It asks as the service stands then, and no answer of this route has an ETag: `If-Match` is not looked at.",
      answers: [dataAnswer('What came of it.', probeAnswer)],
    },
    command: commands.probeService,
    asked: ({ id }) => right({ id }),
    reply: (probe) => ok(probeOf(probe)),
  });

const quotaRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    method: 'get',
    path: '/services/{id}/quota',
    scopes: ['services:read', 'services:manage'],
    docs: {
      operationId: 'readQuota',
      tag: 'Services',
      summary: 'See where each quota window stands',
      description:
        'Looking takes nothing. Windows without a limit are not listed. After Redis was emptied, what was counted before may be shown from the next call on only.',
      answers: [dataAnswer('The windows a call would be counted in.', t.readonlyArray(quotaAnswer))],
    },
    handle: async ({ ctx, id }) => {
      const windows = await queries.getServiceQuota(ctx, { id });
      return isLeft(windows) ? windows : right(ok(windows.right.map(quotaOf(id))));
    },
  });

const costsRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    method: 'get',
    path: '/services/{id}/costs',
    scopes: ['logs:read'],
    query: groupedPeriodQuery('day'),
    docs: {
      operationId: 'reportServiceCosts',
      tag: 'Costs',
      summary: 'What the calls to one service cost',
      answers: [dataAnswer('One row per group.', t.readonlyArray(costAnswer))],
    },
    handle: async ({ ctx, id, query }) => {
      const { filter, groupBy } = query;
      const rows = await queries.reportCosts(ctx, { filter: { ...filter, serviceId: id }, groupBy });
      return isLeft(rows) ? rows : right(ok(rows.right.map(costOf)));
    },
  });
