import { right } from '../../../domain/shared/fp.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { rotateSecretBody, rotateTokenBody } from '../../wire/codecs/webhook-codecs.ts';
import type { Route } from '../endpoint.ts';
import { jsonBody, optional } from '../body-rule.ts';
import { judgedBody } from '../judged-body.ts';
import { keyedEndpoint } from '../keyed-endpoint.ts';
import { etagOf } from '../middleware/preconditions.ts';
import { dataAnswer } from '../openapi/answers.ts';
import { createdWebhookAnswer, rotatedSecretAnswer } from '../../wire/presenters/webhook-answer.ts';
import { addressedWebhookOf, shownSecret, webhookOf } from '../../wire/presenters/webhook.ts';
import { json } from '../../wire/reply.ts';
import { requestBase } from '../request-base.ts';
import type { WebhookRouteDeps } from './webhooks-routes.ts';

export const webhookRotationRoutes = (deps: WebhookRouteDeps): readonly Route[] => [
  rotateSecretRoute(deps),
  rotateTokenRoute(deps),
];

const shared = { method: 'post', scopes: ['webhooks:manage'], query: noQuery, idOf: 'webhook' } as const;

const rotateSecretRoute = ({ application: { commands, queries }, publicUrl }: WebhookRouteDeps): Route =>
  keyedEndpoint(queries, {
    ...shared,
    path: '/webhooks/{id}/secrets',
    body: optional(judgedBody(rotateSecretBody, {})),
    docs: {
      operationId: 'rotateWebhookSecret',
      tag: 'Webhooks',
      summary: 'Give a webhook another secret',
      description:
        'What the secret before signs is taken until `overlap_seconds` are over; `last_matched_at` tells when nobody uses it any more.',
      answers: [
        dataAnswer('The webhook; a generated secret is shown this once.', rotatedSecretAnswer, {
          status: 201,
          headers: ['ETag'],
        }),
      ],
      problems: [409, 412],
    },
    command: commands.rotateWebhookSecret,
    asked: async ({ id, body: { value, wrong } }) => right({ id, ...value, wrong }),
    reply: ({ config, generatedSecret }, { exchange }) => {
      const shown = webhookOf(config, requestBase(publicUrl, exchange.req));
      const data = { ...shown, ...shownSecret(generatedSecret) };
      return json(201, { data }, ['ETag', etagOf(config.version)]);
    },
  });

const rotateTokenRoute = ({ application: { commands, queries }, publicUrl }: WebhookRouteDeps): Route =>
  keyedEndpoint(queries, {
    ...shared,
    path: '/webhooks/{id}/token',
    body: optional(jsonBody(rotateTokenBody)),
    docs: {
      operationId: 'rotateWebhookToken',
      tag: 'Webhooks',
      summary: 'Give a webhook another address',
      description:
        'The address before leads here until `overlap_seconds` are over, the one before that no more.',
      answers: [
        dataAnswer('The webhook; its token is shown this once.', createdWebhookAnswer, {
          status: 201,
          headers: ['ETag'],
        }),
      ],
      problems: [409, 412],
    },
    command: commands.rotateWebhookToken,
    asked: async ({ id, body }) => right({ id, ...body }),
    reply: ({ config, token }, { exchange }) => {
      const data = addressedWebhookOf(config, requestBase(publicUrl, exchange.req), token);
      return json(201, { data }, ['ETag', etagOf(config.version)]);
    },
  });
