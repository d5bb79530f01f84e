import type { Application } from '../../../application/application.ts';
import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { noQuery, serviceListQuery } from '../../wire/codecs/query-codecs.ts';
import { createServiceBody } from '../../wire/codecs/service-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { listEndpoint } from '../list-endpoint.ts';
import { judgedBody } from '../judged-body.ts';
import { keyedEndpoint } from '../keyed-endpoint.ts';
import { etagOf, ifReadable, isAnything, isKnown } from '../middleware/preconditions.ts';
import { dataAnswer, emptyAnswer, pageAnswer } from '../openapi/answers.ts';
import { serviceAnswer, serviceOf } from '../../wire/presenters/service.ts';
import { json, NO_STORE, ok } from '../../wire/reply.ts';
import { changeServiceRoute, removeServiceRoute } from './service-change-routes.ts';
import { serviceReportRoutes } from './service-report-routes.ts';

/** External services of a tenant: which may be called, in which order, within which limits. */
export const servicesRoutes = (application: Application): readonly Route[] => [
  createRoute(application),
  listRoute(application),
  readRoute(application),
  changeServiceRoute(application),
  removeServiceRoute(application),
  ...serviceReportRoutes(application),
];

const createRoute = ({ commands, queries }: Application): Route =>
  keyedEndpoint(queries, {
    method: 'post',
    path: '/services',
    scopes: ['services:manage'],
    query: noQuery,
    body: judgedBody(createServiceBody, {
      service_name: 'gazetteer',
      service_type: 'geocoding',
      provider: 'gazetteer',
    }),
    docs: {
      operationId: 'registerService',
      tag: 'Services',
      summary: 'Add a service',
      description: '`api_key` and `credentials` are stored encrypted and never returned.',
      answers: [
        dataAnswer('The service as stored.', serviceAnswer, { status: 201, headers: ['Location', 'ETag'] }),
      ],
      problems: [409],
    },
    command: commands.registerService,
    asked: async ({ body: { value: fields, wrong } }) => right({ fields, wrong }),
    reply: (service) => {
      const headers = ['Location', `/services/${service.id}`, 'ETag', etagOf(service.version)];
      return json(201, { data: serviceOf(service) }, headers);
    },
  });

const listRoute = ({ queries }: Application): Route =>
  listEndpoint({
    path: '/services',
    scopes: ['services:read', 'services:manage'],
    query: serviceListQuery,
    docs: {
      operationId: 'listServices',
      tag: 'Services',
      summary: 'List services, newest first',
      answers: [pageAnswer('One page.', serviceAnswer)],
    },
    find: ({ ctx, query }) => queries.listServices(ctx, query),
    present: serviceOf,
  });

const readRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    method: 'get',
    path: '/services/{id}',
    scopes: ['services:read', 'services:manage'],
    query: noQuery,
    body: noBody,
    idOf: 'service',
    takesIfMatch: true,
    docs: {
      operationId: 'readService',
      tag: 'Services',
      summary: 'Read a service',
      description:
        'Health changes without changing the ETag. Therefore, once the health was checked after the last change of the service, the answer is never 304.',
      answers: [
        dataAnswer('The service.', serviceAnswer, { headers: ['ETag'] }),
        emptyAnswer(304, 'Not changed since the ETag in If-None-Match.', ['ETag']),
      ],
    },
    handle: async ({ ctx, id, exchange: { req } }) => {
      const current = await queries.getService(ctx, { id });
      if (isLeft(current)) return current;
      const found = ifReadable(req.headers, current.right);
      if (isLeft(found)) return found;
      const etag = ['ETag', etagOf(found.right.version)];
      return isNotModified(req.headers['if-none-match'], found.right)
        ? right({ status: 304, headers: [...NO_STORE, ...etag], body: undefined })
        : right(ok(serviceOf(found.right), etag));
    },
  });

/** A caller that sends `*` names no version, so it holds no answer whose health could be outdated. */
const isNotModified = (header: string | undefined, service: ExternalService): boolean =>
  isAnything(header) || (isKnown(header, service.version) && !wasLookedAt(service));

/**
 * Whether its health was checked since its last change: then a caller that knows this version may know another health.
 */
const wasLookedAt = ({ lastHealthCheck, updatedAt }: ExternalService): boolean =>
  lastHealthCheck !== undefined && lastHealthCheck >= updatedAt;
