import type { Application } from '../../src/application/application.ts';
import {
  getDelivery,
  getDeliveryBody,
  listDeliveries,
  listRejections,
} from '../../src/application/queries/read-deliveries.ts';
import { tryDelivery } from '../../src/application/queries/try-delivery.ts';
import type { Clock } from '../../src/domain/shared/clock.ts';
import { right } from '../../src/domain/shared/fp.ts';
import { secretOpener } from '../../src/domain/webhook/opened-secrets.ts';
import type { DeliveryDetails } from '../../src/domain/webhook/delivery/delivery-reader.ts';
import type { ListedRejection } from '../../src/domain/webhook/delivery/rejection-reader.ts';
import { aDelivery, RECEIVED_AT } from './a-received-delivery.ts';
import { anId, TENANT } from './an-external-service.ts';
import { aWebhook } from './a-webhook.ts';
import { webhookSecretBox } from './fake-webhooks.ts';

export const KEPT_BODY = Buffer.from('{"action":"opened"}');

const kept: DeliveryDetails = {
  ...aDelivery(1).delivery,
  state: 'accepted',
  publishedAt: RECEIVED_AT,
  dedupeKeyHash: 'a'.repeat(64),
  repeats: { times: 1, lastSeenAt: RECEIVED_AT + 1_000, otherBodies: 0 },
};

const refused: ListedRejection = {
  id: anId(2),
  webhookId: anId(900),
  rejectedAt: RECEIVED_AT,
  reason: 'matched-expired-secret',
  detail: { hours: 2, secretVersion: 1 },
  clientAddress: '192.0.2.1',
  method: 'POST',
  headers: { 'user-agent': 'GitHub-Hookshot/1' },
  bodySha256: 'b'.repeat(64),
  size: 19,
  requestId: 'request-2',
};

type DeliveryQueries = Pick<
  Application['queries'],
  'listDeliveries' | 'listRejections' | 'getDelivery' | 'getDeliveryBody' | 'tryDelivery'
>;

const known = [
  aWebhook({ id: anId(900) }),
  aWebhook({ id: anId(904), publicUrl: 'https://gateway.test/webhooks/in/{token}' }),
];

/**
 * The real use cases over webhook 900, which accepted one delivery and refused one, and 904, whose sender signs its
 * address.
 */
export const fakeDeliveryQueries = (clock: Clock): DeliveryQueries => {
  const webhooks = {
    byId: async (tenant: string, id: string) =>
      tenant === TENANT ? known.find((webhook) => webhook.id === id) : undefined,
  };
  const isKept = (tenant: string, id: string) => tenant === TENANT && id === kept.id;
  const deliveries = {
    list: async () => right({ items: [kept], nextCursor: undefined }),
    byId: async (tenant: string, id: string) => (isKept(tenant, id) ? kept : undefined),
    claimedBy: async () => undefined,
    bodyOf: async (tenant: string, id: string) =>
      isKept(tenant, id)
        ? {
            size: KEPT_BODY.length,
            contentType: 'application/json; charset=utf-8',
            pieces: async function* () {
              yield KEPT_BODY.subarray(0, 5);
              yield KEPT_BODY.subarray(5);
            },
          }
        : undefined,
  };
  const trying = {
    webhooks,
    deliveries,
    openSecrets: secretOpener(webhookSecretBox),
    judgeAddress: () => 'refused' as const,
    clock,
  };
  const rejections = {
    list: async () => right({ items: [refused], nextCursor: undefined }),
    unlisted: async () => right(7),
  };
  return {
    listDeliveries: listDeliveries({ webhooks, deliveries }),
    listRejections: listRejections({ webhooks, rejections }),
    getDelivery: getDelivery({ deliveries }),
    getDeliveryBody: getDeliveryBody({ deliveries }),
    tryDelivery: tryDelivery(trying),
  };
};
