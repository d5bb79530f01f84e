import { hash } from 'node:crypto';
import type { DeliveryFacts, DeliveryFlag } from '../../domain/webhook/delivery/delivery-facts.ts';
import { keptHeaders } from '../../domain/webhook/delivery/kept-headers.ts';
import { headerValue, type RawDelivery } from '../../domain/webhook/request/raw-delivery.ts';
import type {
  DedupeClaim,
  DeliveryState,
  DeliveryToKeep,
  ReceivedDelivery,
  ReceivedFlag,
} from '../../domain/webhook/delivery/received-delivery.ts';
import { publishesType, type WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import type { ProvenDelivery } from './prove-delivery.ts';

/**
 * How long a delivery is remembered for deduplication. The longest known redelivery is that of Stripe's command line,
 * which can resend for 30 days.
 */
const CLAIMED_MS = 35 * 86_400_000;

/** Everything that is stored with an authentic delivery. */
export const deliveryToKeep = (
  id: string,
  proven: ProvenDelivery,
  delivery: RawDelivery,
  facts: DeliveryFacts,
  isOverLimit: boolean,
): DeliveryToKeep => {
  const state = stateOf(proven.admitted.found.config, facts, isOverLimit);
  return {
    delivery: receivedDelivery(id, proven, delivery, facts),
    state,
    body: delivery.body,
    content: facts.content,
    ...(state === 'handshake' ? NO_CLAIMS : claimsOf(facts, delivery.receivedAt.getTime())),
  };
};

const receivedDelivery = (
  id: string,
  { admitted: { arrival, found, verdict }, authentic }: ProvenDelivery,
  delivery: RawDelivery,
  facts: DeliveryFacts,
): ReceivedDelivery => {
  const { config } = found;
  return {
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
    receivedAt: delivery.receivedAt.getTime(),
    flags: [
      ...facts.flags.map((flag) => flagNames[flag]),
      ...(verdict === 'admitted' ? [] : ['address_not_listed' as const]),
    ],
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

type Claims = Pick<DeliveryToKeep, 'claim' | 'bodyClaim'>;

/** Handshakes are not deduplicated: a repeat is answered like the first one. */
const NO_CLAIMS: Claims = { claim: undefined, bodyClaim: undefined };

const claimsOf = ({ dedupe, provenSha256 }: DeliveryFacts, receivedAt: number): Claims => {
  const { key, withinMs, flagSameBodyWithinMs } = dedupe;
  return {
    claim: claimOf(key, receivedAt + (withinMs ?? CLAIMED_MS)),
    bodyClaim:
      flagSameBodyWithinMs === undefined
        ? undefined
        : claimOf(`body:${provenSha256}`, receivedAt + flagSameBodyWithinMs),
  };
};

const claimOf = (key: string, until: number): DedupeClaim => ({
  keyHash: hash('sha256', key, 'hex'),
  until,
});
