import type { Application } from '../../../application/application.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import type { DeliveryBody } from '../../../domain/webhook/delivery/delivery-reader.ts';
import { noBody } from '../body-rule.ts';
import { deliveryListQuery, rejectionListQuery } from '../../wire/codecs/delivery-codecs.ts';
import { noQuery } from '../../wire/codecs/query-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { listEndpoint } from '../list-endpoint.ts';
import { dataAnswer, pageAnswer } from '../openapi/answers.ts';
import {
  deliveryAnswer,
  deliveryDetailsAnswer,
  deliveryDetailsOf,
  deliveryOf,
} from '../../wire/presenters/delivery.ts';
import { rejectionAnswer, rejectionOf, rejectionsMeta } from '../../wire/presenters/rejection.ts';
import { bodyContent, safeType } from '../../wire/presenters/delivery-body.ts';
import { NO_PAGE, NO_STORE, ok, type Reply } from '../../wire/reply.ts';

/** What webhooks received: accepted and refused deliveries. */
export const webhookDeliveriesRoutes = (application: Application): readonly Route[] => [
  readRoute(application),
  bodyRoute(application),
  listRoute(application),
  rejectionsRoute(application),
];

const shared = { method: 'get', scopes: ['webhooks:read', 'webhooks:manage'], body: noBody } as const;

const listRoute = ({ queries }: Application): Route =>
  listEndpoint({
    path: '/webhooks/{id}/deliveries',
    scopes: shared.scopes,
    query: deliveryListQuery,
    idOf: 'webhook',
    docs: {
      operationId: 'listDeliveries',
      tag: 'Webhooks',
      summary: 'List deliveries that a webhook accepted, newest first',
      description: 'Kept for 30 days.',
      answers: [pageAnswer('One page.', deliveryAnswer)],
    },
    find: ({ ctx, id, query: { filter, page } }) =>
      queries.listDeliveries(ctx, { filter: { ...filter, webhookId: id }, page }),
    present: deliveryOf,
  });

const rejectionsRoute = ({ queries }: Application): Route =>
  listEndpoint({
    path: '/webhooks/{id}/rejections',
    scopes: shared.scopes,
    query: rejectionListQuery,
    idOf: 'webhook',
    docs: {
      operationId: 'listRejections',
      tag: 'Webhooks',
      summary: 'List requests that a webhook refused, with the reason, newest first',
      description:
        'Kept for 7 days; of a body only its hash is kept. Beyond 60 a minute, refusals are only counted: `meta.unlisted`.',
      answers: [pageAnswer('One page.', rejectionAnswer, rejectionsMeta)],
    },
    find: ({ ctx, id, query: { filter, page } }) =>
      queries.listRejections(ctx, { filter: { ...filter, webhookId: id }, page }),
    present: rejectionOf,
    meta: ({ unlisted }) => ({ unlisted }),
  });

const readRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    path: '/webhooks/deliveries/{id}',
    query: noQuery,
    idOf: 'delivery',
    docs: {
      operationId: 'readDelivery',
      tag: 'Webhooks',
      summary: 'Read a delivery',
      answers: [dataAnswer('The delivery.', deliveryDetailsAnswer)],
    },
    handle: async ({ ctx, id }) => {
      const found = await queries.getDelivery(ctx, { id });
      return isLeft(found) ? found : right(ok(deliveryDetailsOf(found.right)));
    },
  });

const bodyRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    path: '/webhooks/deliveries/{id}/body',
    query: noQuery,
    idOf: 'delivery',
    docs: {
      operationId: 'readDeliveryBody',
      tag: 'Webhooks',
      summary: 'Read the body of a delivery, byte for byte',
      description:
        'The content type is the original one if that is JSON, a form or plain text, otherwise `application/octet-stream`.',
      answers: [
        {
          status: 200,
          description: 'The bytes as received.',
          content: bodyContent,
          headers: ['Content-Disposition'],
        },
      ],
    },
    handle: async ({ ctx, id }) => {
      const found = await queries.getDeliveryBody(ctx, { id });
      return isLeft(found) ? found : right(bodyReply(id, found.right));
    },
  });

const bodyReply = (id: string, { size, contentType, pieces }: DeliveryBody): Reply => ({
  status: 200,
  headers: [
    'Content-Type',
    safeType(contentType),
    'Content-Length',
    String(size),
    'Content-Disposition',
    `attachment; filename="${id}.bin"`,
    ...NO_PAGE,
    ...NO_STORE,
  ],
  stream: async (sink) => {
    for await (const piece of pieces()) {
      if (!sink.isOpen()) return;
      await sink.write(piece);
    }
  },
});
