import { createHash } from 'node:crypto';
import { deliveryContent } from '../../src/domain/webhook/delivery/delivery-content.ts';
import { headerPairs } from '../../src/domain/webhook/request/raw-delivery.ts';
import type {
  DeliveryToKeep,
  ReceivedDelivery,
} from '../../src/domain/webhook/delivery/received-delivery.ts';
import { anId, TENANT } from './an-external-service.ts';

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

type Change = Partial<Omit<DeliveryToKeep, 'delivery' | 'body'>> & {
  readonly body?: string | Uint8Array;
  readonly key?: string;
  readonly delivery?: Partial<ReceivedDelivery>;
};

export const RECEIVED_AT = Date.parse('2026-11-26T12:00:00.000Z');
const DAY = 86_400_000;

/** Accepted GitHub delivery number `n` of webhook 900. */
export const aDelivery = (n: number, change: Change = {}): DeliveryToKeep => {
  const body = Buffer.from(change.body ?? '{"action":"opened"}');
  const { key = `id:guid-${n}`, delivery, ...rest } = change;
  const receivedAt = delivery?.receivedAt ?? RECEIVED_AT;
  return {
    delivery: {
      id: anId(n),
      tenantId: TENANT,
      webhookId: anId(900),
      source: 'github',
      eventType: 'issues',
      externalId: `guid-${n}`,
      verification: { method: 'hmac-sha256', level: 'signed', secretVersion: 1 },
      contentType: 'application/json',
      size: body.length,
      bodySha256: sha256(body),
      headers: { 'x-github-event': 'issues' },
      clientAddress: '192.0.2.1',
      requestId: `request-${n}`,
      sentAt: undefined,
      receivedAt,
      flags: [],
      ...delivery,
    },
    state: 'accepted',
    content: deliveryContent('github', {
      method: 'POST',
      url: undefined,
      rawHeaders: headerPairs(['content-type', 'application/json']),
      body,
      receivedAt: new Date(receivedAt),
    }),
    claim: { keyHash: sha256(key), until: receivedAt + 35 * DAY },
    bodyClaim: undefined,
    ...rest,
    body,
  };
};
