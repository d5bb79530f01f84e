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
      summary: 'Probe the provider now',
      description:
        "May use one call of the provider's quota. The probe uses the configuration of the service at that moment. Answers of this route have no ETag, and `If-Match` is ignored.",
      answers: [dataAnswer('The result of the probe.', probeAnswer)],
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
      summary: 'Show the usage of each quota window',
      description:
        'Reading it uses no quota. Windows without a limit are not listed. After Redis lost its data, earlier calls may be shown only from the next call on.',
      answers: [dataAnswer('The windows in which a call would be counted.', t.readonlyArray(quotaAnswer))],
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
      summary: 'Show what the calls to one service cost',
      answers: [dataAnswer('One row per group.', t.readonlyArray(costAnswer))],
    },
    handle: async ({ ctx, id, query }) => {
      const { filter, groupBy } = query;
      const rows = await queries.reportCosts(ctx, { filter: { ...filter, serviceId: id }, groupBy });
      return isLeft(rows) ? rows : right(ok(rows.right.map(costOf)));
    },
  });
