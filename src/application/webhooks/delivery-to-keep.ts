import { hash } from 'node:crypto';
import type { DeliveryFacts, DeliveryFlag } from '../../domain/webhook/delivery-facts.ts';
import { keptHeaders } from '../../domain/webhook/kept-headers.ts';
import { headerValue, type RawDelivery } from '../../domain/webhook/raw-delivery.ts';
import type {
  DedupeClaim,
  DeliveryState,
  DeliveryToKeep,
  ReceivedFlag,
} from '../../domain/webhook/received-delivery.ts';
import { publishesType, type WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import type { ProvenDelivery } from './prove-delivery.ts';

/** The longest a sender repeats itself: Stripe's command line can, for 30 days. */
const CLAIMED_MS = 35 * 86_400_000;

/** Everything an authentic delivery is stored with. */
export const deliveryToKeep = (
  id: string,
  { admitted: { arrival, found, verdict }, authentic }: ProvenDelivery,
  delivery: RawDelivery,
  facts: DeliveryFacts,
  isOverLimit: boolean,
): DeliveryToKeep => {
  const { config } = found;
  const receivedAt = delivery.receivedAt.getTime();
  const { key, withinMs, flagSameBodyWithinMs } = facts.dedupe;
  const state = stateOf(config, facts, isOverLimit);
  return {
    delivery: {
      id,
      tenantId: config.tenantId,
      webhookId: config.id,
      source: config.sourceService,
      eventType: facts.eventType,
      externalId: facts.externalId,
      verification: authentic,
      contentType: headerValue(delivery, 'content-type'),
      size: delivery.body.length,
      bodySha256: facts.bodySha256,
      headers: keptHeaders(delivery, config.scheme),
      clientAddress: arrival.clientAddress,
      requestId: arrival.requestId,
      sentAt: authentic.signedTimestamp,
      receivedAt,
      flags: [
        ...facts.flags.map((flag) => flagNames[flag]),
        ...(verdict === 'admitted' ? [] : ['address_not_listed' as const]),
      ],
    },
    state,
    body: delivery.body,
    content: facts.content,
    claim: state === 'handshake' ? undefined : claimOf(key, receivedAt + (withinMs ?? CLAIMED_MS)),
    bodyClaim:
      state === 'handshake' || flagSameBodyWithinMs === undefined
        ? undefined
        : claimOf(`body:${facts.provenSha256}`, receivedAt + flagSameBodyWithinMs),
  };
};

const flagNames: { readonly [F in DeliveryFlag]: ReceivedFlag } = {
  'body-unreadable': 'body_unreadable',
  'id-unusable': 'id_unusable',
};

const stateOf = (config: WebhookConfig, facts: DeliveryFacts, isOverLimit: boolean): DeliveryState => {
  if (facts.handshake !== undefined) return 'handshake';
  if (!publishesType(config, facts)) return 'filtered';
  if (config.status === 'paused') return 'held';
  return isOverLimit ? 'spooled' : 'accepted';
};

const claimOf = (key: string, until: number): DedupeClaim => ({
  keyHash: hash('sha256', key, 'hex'),
  until,
});
