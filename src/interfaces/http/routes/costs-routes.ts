import * as t from 'io-ts';
import type { Application } from '../../../application/application.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { groupedPeriodQuery } from '../../wire/codecs/log-query-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { dataAnswer } from '../openapi/answers.ts';
import { costAnswer, costOf } from '../../wire/presenters/log.ts';
import { ok } from '../../wire/reply.ts';

/** Costs of all services together. The costs of one service are among that service's routes. */
export const costsRoutes = ({ queries }: Application): readonly Route[] => [
  tenantEndpoint({
    method: 'get',
    path: '/costs',
    scopes: ['logs:read'],
    query: groupedPeriodQuery('service'),
    body: noBody,
    docs: {
      operationId: 'reportCosts',
      tag: 'Costs',
      summary: 'Show what calls cost, by group',
      answers: [dataAnswer('One row per group and currency.', t.readonlyArray(costAnswer))],
    },
    handle: async ({ ctx, query }) => {
      const rows = await queries.reportCosts(ctx, query);
      return isLeft(rows) ? rows : right(ok(rows.right.map(costOf)));
    },
  }),
];
