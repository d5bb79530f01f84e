import type { Application } from '../../../application/application.ts';
import { invalidInput } from '../../../application/input-problem.ts';
import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { isLeft, left, map, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { patchServiceBody } from '../../wire/codecs/service-codecs.ts';
import type { Route, TenantRequest } from '../endpoint.ts';
import type { Failure } from '../../wire/failure.ts';
import { judgedBody } from '../judged-body.ts';
import { keyedEndpoint } from '../keyed-endpoint.ts';
import { JSON_TYPE, MERGE_PATCH_TYPE } from '../middleware/content-type.ts';
import { etagOf, expectedIn, ifMatching } from '../middleware/preconditions.ts';
import { dataAnswer, emptyAnswer } from '../openapi/answers.ts';
import { serviceAnswer, serviceOf } from '../../wire/presenters/service.ts';
import { noContent, ok } from '../../wire/reply.ts';

export const changeServiceRoute = (application: Application): Route =>
  keyedEndpoint(application.queries, {
    method: 'patch',
    path: '/services/{id}',
    scopes: ['services:manage'],
    query: noQuery,
    body: judgedBody(patchServiceBody, {}, [MERGE_PATCH_TYPE, JSON_TYPE]),
    idOf: 'service',
    needsIfMatch: true,
    docs: {
      operationId: 'changeService',
      tag: 'Services',
      summary: 'Change a service',
      description:
        'A JSON merge patch (RFC 7396): omitted fields stay unchanged, `null` clears a field, also inside `config`.',
      answers: [dataAnswer('The service as changed.', serviceAnswer, { headers: ['ETag'] })],
      problems: [409],
    },
    command: application.commands.changeService,
    asked: async (request) => {
      const { value, wrong } = request.body;
      const current = await matchingService(application, request);
      if (isLeft(current)) return wrong.length > 0 ? left(invalidInput(...wrong)) : current;
      const expectedVersion = expectedIn(request.exchange.req.headers, current.right);
      return right({ id: request.id, expectedVersion, patch: value, wrong });
    },
    wrongByItself: ({ ctx, body: { value: patch, wrong } }) =>
      application.queries.wrongInServicePatch(ctx, { patch, wrong }),
    reply: (service) => ok(serviceOf(service), ['ETag', etagOf(service.version)]),
  });

export const removeServiceRoute = (application: Application): Route =>
  keyedEndpoint(application.queries, {
    method: 'delete',
    path: '/services/{id}',
    scopes: ['services:manage'],
    query: noQuery,
    body: noBody,
    idOf: 'service',
    needsIfMatch: true,
    docs: {
      operationId: 'removeService',
      tag: 'Services',
      summary: 'Remove a service',
      description: 'Its secrets are deleted with it; its trail is kept.',
      answers: [emptyAnswer(204, 'Removed.')],
      problems: [409],
    },
    command: application.commands.removeService,
    asked: async (request) =>
      map((service: ExternalService) => ({
        id: service.id,
        expectedVersion: expectedIn(request.exchange.req.headers, service),
      }))(await matchingService(application, request)),
    reply: () => noContent,
  });

/** The service, if it satisfies If-Match. */
const matchingService = async (
  { queries }: Application,
  { ctx, id, exchange }: TenantRequest<unknown, unknown>,
): AsyncResult<Failure, ExternalService> => {
  const current = await queries.getService(ctx, { id });
  return isLeft(current) ? current : ifMatching(exchange.req.headers, current.right);
};
