import { invalidInput } from '../../../application/input-problem.ts';
import type { ExpectedVersion } from '../../../application/version-changed.ts';
import { isLeft, left, map, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { WebhookConfig } from '../../../domain/webhook/webhook-config.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { rotateSecretBody, rotateTokenBody } from '../../wire/codecs/webhook-codecs.ts';
import type { Route, TenantRequest } from '../endpoint.ts';
import type { Failure } from '../../wire/failure.ts';
import { jsonBody, optional } from '../body-rule.ts';
import { judgedBody } from '../judged-body.ts';
import { keyedEndpoint } from '../keyed-endpoint.ts';
import { etagOf, expectedIn, ifChangeable } from '../middleware/preconditions.ts';
import { dataAnswer } from '../openapi/answers.ts';
import { createdWebhookAnswer, rotatedSecretAnswer } from '../../wire/presenters/webhook-answer.ts';
import { addressedWebhookOf, shownSecret, webhookOf } from '../../wire/presenters/webhook.ts';
import { json } from '../../wire/reply.ts';
import { requestBase } from '../request-base.ts';
import type { WebhookRouteDeps } from './webhook-change-routes.ts';

export const webhookRotationRoutes = (deps: WebhookRouteDeps): readonly Route[] => [
  rotateSecretRoute(deps),
  rotateTokenRoute(deps),
];

const shared = {
  method: 'post',
  scopes: ['webhooks:manage'],
  query: noQuery,
  idOf: 'webhook',
  takesIfMatch: true,
} as const;

const rotateSecretRoute = ({ application, publicUrl }: WebhookRouteDeps): Route =>
  keyedEndpoint(application.queries, {
    ...shared,
    path: '/webhooks/{id}/secrets',
    body: optional(judgedBody(rotateSecretBody, {})),
    docs: {
      operationId: 'rotateWebhookSecret',
      tag: 'Webhooks',
      summary: 'Rotate the secret of a webhook',
      description:
        'The previous secret is still accepted for `overlap_seconds`; `last_matched_at` shows whether it is still in use.',
      answers: [
        dataAnswer('The webhook; a generated secret is shown only this once.', rotatedSecretAnswer, {
          status: 201,
          headers: ['ETag'],
        }),
      ],
      problems: [409],
    },
    command: application.commands.rotateWebhookSecret,
    asked: async (request) => {
      const { value, wrong } = request.body;
      const expected = await expectedBy(application, request);
      if (isLeft(expected)) return wrong.length > 0 ? left(invalidInput(...wrong)) : expected;
      return right({ id: request.id, expectedVersion: expected.right, ...value, wrong });
    },
    reply: ({ config, generatedSecret }, { exchange }) => {
      const shown = webhookOf(config, requestBase(publicUrl, exchange.req));
      const data = { ...shown, ...shownSecret(generatedSecret) };
      return json(201, { data }, ['ETag', etagOf(config.version)]);
    },
  });

const rotateTokenRoute = ({ application, publicUrl }: WebhookRouteDeps): Route =>
  keyedEndpoint(application.queries, {
    ...shared,
    path: '/webhooks/{id}/token',
    body: optional(jsonBody(rotateTokenBody)),
    docs: {
      operationId: 'rotateWebhookToken',
      tag: 'Webhooks',
      summary: 'Rotate the token, and so the address, of a webhook',
      description:
        'The previous address still works for `overlap_seconds`; the one before it no longer does.',
      answers: [
        dataAnswer('The webhook; its token is shown only this once.', createdWebhookAnswer, {
          status: 201,
          headers: ['ETag'],
        }),
      ],
      problems: [409],
    },
    command: application.commands.rotateWebhookToken,
    asked: async (request) =>
      map((expectedVersion: ExpectedVersion) => ({ id: request.id, expectedVersion, ...request.body }))(
        await expectedBy(application, request),
      ),
    reply: ({ config, token }, { exchange }) => {
      const data = addressedWebhookOf(config, requestBase(publicUrl, exchange.req), token);
      return json(201, { data }, ['ETag', etagOf(config.version)]);
    },
  });

/** A precondition is not required here, but one that is sent must be obeyed (RFC 9110 section 13.2.1). */
const expectedBy = async (
  { queries }: WebhookRouteDeps['application'],
  { ctx, id, exchange }: TenantRequest<unknown, unknown>,
): AsyncResult<Failure, ExpectedVersion> => {
  const { headers } = exchange.req;
  if (headers['if-match'] === undefined && headers['if-none-match'] === undefined) return right('any');
  const current = await queries.getWebhook(ctx, { id });
  if (isLeft(current)) return current;
  return map((webhook: WebhookConfig) => expectedIn(headers, webhook))(ifChangeable(headers, current.right));
};
