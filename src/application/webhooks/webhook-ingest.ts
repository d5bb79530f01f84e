import { acceptDelivery, type AcceptDelivery } from '../commands/accept-delivery.ts';
import { admitDelivery, type AdmitDelivery } from '../commands/admit-delivery.ts';
import type { Admitted } from './admitted.ts';
import { answerHandshake, type AnswerHandshake } from './answer-handshake.ts';
import type { DeliveryRefusal, RefusedDelivery } from './delivery-refusal.ts';
import { refuseDelivery, refuseUnknown } from './refuse-delivery.ts';
import type { WebhookTelemetry } from './webhook-telemetry.ts';

/** The way of a delivery in, in two steps: the second needs the body, and the first says whether to read it. */
export type WebhookIngest = {
  readonly admit: AdmitDelivery;
  readonly accept: AcceptDelivery;
  /** What comes by GET, and has no body. */
  readonly answerHandshake: AnswerHandshake;
  /** An admitted one whose body could not be read. */
  readonly refuse: (admitted: Admitted, refusal: DeliveryRefusal) => RefusedDelivery;
  /** One whose address could not be looked up. */
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

/** Too large only for one on probation. */
const refusalOf = ({ onProbation, found }: Admitted, refusal: DeliveryRefusal): DeliveryRefusal =>
  refusal.kind === 'too-large' && onProbation !== undefined && refusal.limitBytes < found.config.maxBodyBytes
    ? { kind: 'flooding', retryAfterMs: onProbation }
    : refusal;
