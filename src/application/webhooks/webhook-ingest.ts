import { acceptDelivery, type AcceptDelivery } from '../commands/accept-delivery.ts';
import { admitDelivery, type AdmitDelivery } from '../commands/admit-delivery.ts';
import type { Admitted } from './admitted.ts';
import { answerHandshake, type AnswerHandshake } from './answer-handshake.ts';
import type { DeliveryRefusal, RefusedDelivery } from './delivery-refusal.ts';
import { refuseDelivery, refuseUnknown } from './refuse-delivery.ts';
import type { WebhookTelemetry } from './webhook-telemetry.ts';

/**
 * Ingests a delivery in two steps: `admit` decides whether the body should be read, `accept` takes it with its body.
 */
export type WebhookIngest = {
  readonly admit: AdmitDelivery;
  readonly accept: AcceptDelivery;
  /** For GET requests, which have no body. */
  readonly answerHandshake: AnswerHandshake;
  /** For an admitted request whose body could not be read. */
  readonly refuse: (admitted: Admitted, refusal: DeliveryRefusal) => RefusedDelivery;
  /** For a request whose webhook could not be looked up. */
  readonly unavailable: () => RefusedDelivery;
  readonly bodyRead: WebhookTelemetry['bodyRead'];
};

export type WebhookIngestDeps = Parameters<typeof admitDelivery>[0] & Parameters<typeof acceptDelivery>[0];

export const webhookIngest = (deps: WebhookIngestDeps): WebhookIngest => ({
  admit: admitDelivery(deps),
  accept: acceptDelivery(deps),
  answerHandshake: answerHandshake(deps),
  refuse: (admitted, refusal) => refuseDelivery(deps, admitted, refusalOf(admitted, refusal)),
  unavailable: () => refuseUnknown(deps, { kind: 'storage-unavailable' }),
  bodyRead: deps.telemetry.bodyRead,
});

/** The body was only too large for a sender on probation. */
const refusalOf = ({ probationMs, found }: Admitted, refusal: DeliveryRefusal): DeliveryRefusal =>
  refusal.kind === 'too-large' && probationMs !== undefined && refusal.limitBytes < found.config.maxBodyBytes
    ? { kind: 'flooding', retryAfterMs: probationMs }
    : refusal;
