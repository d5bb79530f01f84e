import type { DeliveryContent } from '../../domain/webhook/delivery/delivery-content.ts';
import type { ReceivedDelivery } from '../../domain/webhook/delivery/received-delivery.ts';
import { cloudEventText } from './cloud-event-text.ts';

/**
 * Larger bodies are not part of the event, and consumers fetch them: RabbitMQ 4 accepts messages of 16 MiB by default.
 */
export const LARGEST_PAYLOAD = 256 * 1024;

/** The replay that an event belongs to: why the delivery is published again. */
export type EventReplay = {
  readonly id: string;
  readonly eventId: string;
  readonly by: string;
  readonly reason: string | null;
};

/**
 * The event of a delivery in two pieces, between which the store inserts what only it finds out: further `flags`. The
 * payload is the text as it was sent, byte for byte except for a byte order mark, so that no number passes through a
 * double.
 */
export type WebhookEventText = { readonly head: string; readonly tail: string };

/**
 * The same; with an `end`, the payload between `tail` and `end` is left out, since the row of the delivery holds it.
 */
export type StoredEventText = WebhookEventText & { readonly end: string | undefined };

/** Shorter bodies are stored in the event as well: looking them up costs more than writing them twice. */
const REFERRED_FROM = 1_500;
const BYTE_ORDER_MARK = 0xef;

export const webhookEventText = (
  delivery: ReceivedDelivery,
  body: Uint8Array,
  content: DeliveryContent,
  replay?: EventReplay,
): WebhookEventText => ({
  head: eventHead(delivery, replay),
  tail: `],${payloadMember(delivery, body, content)}}}`,
});

/** For the outbox, whose database also holds the body. */
export const storedEventText = (
  delivery: ReceivedDelivery,
  body: Uint8Array,
  content: DeliveryContent,
): StoredEventText =>
  isPayloadAsItLies(delivery, body, content)
    ? { head: eventHead(delivery), tail: '],"payload":', end: '}}' }
    : { ...webhookEventText(delivery, body, content), end: undefined };

const isPayloadAsItLies = ({ size }: ReceivedDelivery, body: Uint8Array, content: DeliveryContent): boolean =>
  size >= REFERRED_FROM &&
  size <= LARGEST_PAYLOAD &&
  content.kind === 'json' &&
  !content.unwrapped &&
  body[0] !== BYTE_ORDER_MARK;

const eventHead = (delivery: ReceivedDelivery, replay?: EventReplay): string => {
  const { verification, receivedAt, sentAt, flags } = delivery;
  const text = cloudEventText({
    id: replay?.eventId ?? delivery.id,
    type: 'integration.webhook.received',
    tenantId: delivery.tenantId,
    subject: delivery.id,
    time: receivedAt,
    correlationId: delivery.requestId,
    data: {
      delivery_id: delivery.id,
      webhook_id: delivery.webhookId,
      source: delivery.source,
      event_type: delivery.eventType ?? null,
      external_id: delivery.externalId ?? null,
      verification: {
        method: verification.method,
        level: verification.level,
        secret_version: verification.secretVersion ?? null,
      },
      content_type: delivery.contentType ?? null,
      size: delivery.size,
      sha256: delivery.bodySha256,
      headers: delivery.headers,
      received_at: new Date(receivedAt).toISOString(),
      sent_at: sentAt === undefined ? null : new Date(sentAt).toISOString(),
      replay:
        replay === undefined
          ? null
          : { id: replay.id, original_id: delivery.id, reason: replay.reason, by: replay.by },
    },
  });
  const own = flags.map((flag) => JSON.stringify(flag)).join(',');
  return `${text.slice(0, -'}}'.length)},"flags":[${own}`;
};

const payloadMember = (delivery: ReceivedDelivery, body: Uint8Array, content: DeliveryContent): string => {
  if (delivery.size > LARGEST_PAYLOAD)
    return `"payload_ref":${JSON.stringify(`/webhooks/deliveries/${delivery.id}/body`)}`;
  if (content.kind === 'json') return `"payload":${content.text}`;
  if (content.kind === 'form') return `"payload":${JSON.stringify(content.value)}`;
  return `"payload_base64":"${Buffer.from(body.buffer, body.byteOffset, body.length).toString('base64')}"`;
};
