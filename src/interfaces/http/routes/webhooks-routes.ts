import { isLeft, right } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { noQuery, webhookListQuery } from '../../wire/codecs/query-codecs.ts';
import { createWebhookBody } from '../../wire/codecs/webhook-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { judgedBody } from '../judged-body.ts';
import { keyedEndpoint } from '../keyed-endpoint.ts';
import { listEndpoint } from '../list-endpoint.ts';
import { etagOf, ifReadable, isKnown } from '../middleware/preconditions.ts';
import { dataAnswer, emptyAnswer, pageAnswer } from '../openapi/answers.ts';
import { createdWebhookAnswer, webhookAnswer } from '../../wire/presenters/webhook-answer.ts';
import { addressedWebhookOf, shownSecret, webhookOf } from '../../wire/presenters/webhook.ts';
import { json, NO_STORE, ok } from '../../wire/reply.ts';
import { requestBase } from '../request-base.ts';
import { webhookChangeRoutes, type WebhookRouteDeps } from './webhook-change-routes.ts';
import { webhookRotationRoutes } from './webhook-rotation-routes.ts';

/** Who may deliver to a tenant, and how they prove themselves. */
export const webhooksRoutes = (deps: WebhookRouteDeps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  readRoute(deps),
  ...webhookChangeRoutes(deps),
  ...webhookRotationRoutes(deps),
];

const createRoute = ({ application: { commands, queries }, publicUrl }: WebhookRouteDeps): Route =>
  keyedEndpoint(queries, {
    method: 'post',
    path: '/webhooks',
    scopes: ['webhooks:manage'],
    query: noQuery,
    body: judgedBody(createWebhookBody, { webhook_name: 'unnamed', source_service: 'github' }),
    docs: {
      operationId: 'createWebhook',
      tag: 'Webhooks',
      summary: 'Create a webhook',
      description:
        'Only this answer contains the token, the full `webhook_url` and, if it was generated, the `secret_key`.',
      answers: [
        dataAnswer('The webhook as stored.', createdWebhookAnswer, {
          status: 201,
          headers: ['Location', 'ETag'],
        }),
      ],
      problems: [409],
    },
    command: commands.createWebhook,
    asked: async ({ body: { value, wrong } }) => right({ ...value, wrong }),
    reply: ({ config, token, generatedSecret }, { exchange }) => {
      const headers = ['Location', `/webhooks/${config.id}`, 'ETag', etagOf(config.version)];
      const shown = addressedWebhookOf(config, requestBase(publicUrl, exchange.req), token);
      return json(201, { data: { ...shown, ...shownSecret(generatedSecret) } }, headers);
    },
  });

const listRoute = ({ application: { queries }, publicUrl }: WebhookRouteDeps): Route =>
  listEndpoint({
    path: '/webhooks',
    scopes: ['webhooks:read', 'webhooks:manage'],
    query: webhookListQuery,
    docs: {
      operationId: 'listWebhooks',
      tag: 'Webhooks',
      summary: 'List webhooks, newest first',
      description: 'Archived webhooks are listed only with `status=archived`.',
      answers: [pageAnswer('One page.', webhookAnswer)],
    },
    find: ({ ctx, query }) => queries.listWebhooks(ctx, query),
    present: (config, { exchange }) => webhookOf(config, requestBase(publicUrl, exchange.req)),
  });

const readRoute = ({ application: { queries }, publicUrl }: WebhookRouteDeps): Route =>
  tenantEndpoint({
    method: 'get',
    path: '/webhooks/{id}',
    scopes: ['webhooks:read', 'webhooks:manage'],
    query: noQuery,
    body: noBody,
    idOf: 'webhook',
    takesIfMatch: true,
    docs: {
      operationId: 'readWebhook',
      tag: 'Webhooks',
      summary: 'Read a webhook',
      description: 'The counters of deliveries change without changing the ETag.',
      answers: [
        dataAnswer('The webhook.', webhookAnswer, { headers: ['ETag'] }),
        emptyAnswer(304, 'Not changed since the ETag in If-None-Match.', ['ETag']),
      ],
    },
    handle: async ({ ctx, id, exchange: { req } }) => {
      const current = await queries.getWebhook(ctx, { id });
      if (isLeft(current)) return current;
      const found = ifReadable(req.headers, current.right);
      if (isLeft(found)) return found;
      const etag = ['ETag', etagOf(found.right.version)];
      return isKnown(req.headers['if-none-match'], found.right.version)
        ? right({ status: 304, headers: [...NO_STORE, ...etag], body: undefined })
        : right(ok(webhookOf(found.right, requestBase(publicUrl, req)), etag));
    },
  });
