import type { Application } from '../../../application/application.ts';
import { invalidInput } from '../../../application/input-problem.ts';
import { isLeft, left, map, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { WebhookConfig } from '../../../domain/webhook/webhook-config.ts';
import { noBody } from '../body-rule.ts';
import { noQuery, removeWebhookQuery } from '../../wire/codecs/query-codecs.ts';
import { patchWebhookBody } from '../../wire/codecs/webhook-codecs.ts';
import type { Route, TenantRequest } from '../endpoint.ts';
import type { Failure } from '../../wire/failure.ts';
import { judgedBody } from '../judged-body.ts';
import { keyedEndpoint } from '../keyed-endpoint.ts';
import { JSON_TYPE, MERGE_PATCH_TYPE } from '../middleware/content-type.ts';
import { etagOf, expectedIn, ifMatching } from '../middleware/preconditions.ts';
import { dataAnswer, emptyAnswer } from '../openapi/answers.ts';
import { webhookAnswer } from '../../wire/presenters/webhook-answer.ts';
import { webhookOf } from '../../wire/presenters/webhook.ts';
import { noContent, ok } from '../../wire/reply.ts';
import { requestBase } from '../request-base.ts';

export type WebhookRouteDeps = {
  readonly application: Application;
  /** Undefined: taken from each request. */
  readonly publicUrl: string | undefined;
};

export const webhookChangeRoutes = (deps: WebhookRouteDeps): readonly Route[] => [
  changeRoute(deps),
  removeRoute(deps),
];

const shared = { scopes: ['webhooks:manage'], idOf: 'webhook', needsIfMatch: true } as const;

const changeRoute = ({ application, publicUrl }: WebhookRouteDeps): Route =>
  keyedEndpoint(application.queries, {
    ...shared,
    method: 'patch',
    path: '/webhooks/{id}',
    query: noQuery,
    body: judgedBody(patchWebhookBody, {}, [MERGE_PATCH_TYPE, JSON_TYPE]),
    docs: {
      operationId: 'changeWebhook',
      tag: 'Webhooks',
      summary: 'Change, pause, resume or disable a webhook',
      description:
        'A JSON merge patch (RFC 7396): omitted fields stay unchanged, `null` restores the default, also inside `scheme` and `response`; a scheme of another kind replaces the old one entirely. `paused` stores what arrives, `disabled` refuses it.',
      answers: [dataAnswer('The webhook as changed.', webhookAnswer, { headers: ['ETag'] })],
      problems: [409],
    },
    command: application.commands.changeWebhook,
    asked: async (request) => {
      const { value: patch, wrong } = request.body;
      const current = await matchingWebhook(application, request);
      if (isLeft(current)) return wrong.length > 0 ? left(invalidInput(...wrong)) : current;
      const expectedVersion = expectedIn(request.exchange.req.headers, current.right);
      return right({ id: request.id, expectedVersion, patch, wrong });
    },
    wrongByItself: ({ ctx, body: { value: patch, wrong } }) =>
      application.queries.wrongInWebhookPatch(ctx, { patch, wrong }),
    reply: (config, { exchange }) =>
      ok(webhookOf(config, requestBase(publicUrl, exchange.req)), ['ETag', etagOf(config.version)]),
  });

const removeRoute = ({ application }: WebhookRouteDeps): Route =>
  keyedEndpoint(application.queries, {
    ...shared,
    method: 'delete',
    path: '/webhooks/{id}',
    query: removeWebhookQuery,
    body: noBody,
    docs: {
      operationId: 'removeWebhook',
      tag: 'Webhooks',
      summary: 'Archive a webhook, or remove an archived one',
      description:
        'Its sender gets 410 as long as it is archived. A second DELETE, or `purge=true`, removes it with its secrets.',
      answers: [emptyAnswer(204, 'Archived or removed.')],
    },
    command: application.commands.removeWebhook,
    asked: async (request) =>
      map((webhook: WebhookConfig) => ({
        id: webhook.id,
        expectedVersion: expectedIn(request.exchange.req.headers, webhook),
        purge: request.query.purge,
      }))(await matchingWebhook(application, request)),
    reply: () => noContent,
  });

/** The webhook, if it satisfies If-Match. */
const matchingWebhook = async (
  { queries }: Pick<Application, 'queries'>,
  { ctx, id, exchange }: TenantRequest<unknown, unknown>,
): AsyncResult<Failure, WebhookConfig> => {
  const current = await queries.getWebhook(ctx, { id });
  return isLeft(current) ? current : ifMatching(exchange.req.headers, current.right);
};
