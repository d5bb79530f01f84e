import type { Clock } from '../../domain/shared/clock.ts';
import { keptHeaders } from '../../domain/webhook/delivery/kept-headers.ts';
import { senderNetwork } from '../../domain/webhook/sender/sender-network.ts';
import type { Admitted, Arrival } from './admitted.ts';
import type { DeliveryRefusal, RefusedDelivery } from './delivery-refusal.ts';
import type { DeliveryTally } from './delivery-tally.ts';
import type { FloodGuard } from './flood-guard.ts';
import type { DeliveryRejection, RejectionLog } from './rejection-log.ts';
import type { WebhookTelemetry } from './webhook-telemetry.ts';

export type RefusingDeps = {
  readonly rejections: RejectionLog;
  readonly tally: DeliveryTally;
  readonly flood: FloodGuard;
  readonly telemetry: WebhookTelemetry;
  readonly clock: Clock;
};

export type RefusedBody = { readonly sha256: string; readonly size: number };

/** For requests that cannot be attributed to a webhook. */
export const refuseUnknown = (
  { telemetry }: Pick<RefusingDeps, 'telemetry'>,
  refusal: DeliveryRefusal,
): RefusedDelivery => {
  telemetry.answered({ source: 'unknown', outcome: 'refused', reason: refusal.kind });
  return { refusal, source: undefined };
};

/** For requests to a known webhook: recorded in a log that its tenant can read. */
export const refuseDelivery = (
  { rejections, tally, flood, telemetry, clock }: RefusingDeps,
  admitted: Pick<Admitted, 'arrival' | 'found'>,
  refusal: DeliveryRefusal,
  body?: RefusedBody,
): RefusedDelivery => {
  const { arrival, found } = admitted;
  const { id, sourceService } = found.config;
  if (isSendersFault(refusal)) flood.failed(webhookSubject(id, arrival));
  if (!isUnlisted(refusal)) rejections.note(rejectionOf(admitted, refusal, clock.now(), body));
  tally.count({
    webhookId: id,
    accepted: false,
    at: clock.now(),
    toPreviousAddress: found.address === 'previous',
    secretVersion: undefined,
  });
  telemetry.answered({ source: sourceService, outcome: 'refused', reason: refusal.kind });
  return { refusal, source: sourceService };
};

export const addressSubject = ({ clientAddress = '?' }: Arrival): string =>
  `address ${senderNetwork(clientAddress)}`;
export const webhookSubject = (webhookId: string, { clientAddress = '?' }: Arrival): string =>
  `${webhookId} ${senderNetwork(clientAddress)}`;

/** Refusals that a legitimate sender with the right secret does not cause; only these count towards probation. */
const isSendersFault = ({ kind }: DeliveryRefusal): boolean =>
  kind === 'not-authentic' ||
  kind === 'handshake-mismatch' ||
  kind === 'address-refused' ||
  kind === 'encoding-refused' ||
  kind === 'too-large' ||
  kind === 'too-slow';

/** Refusals that are not logged: a flood would fill the log, and an unavailable database cannot store them. */
const isUnlisted = ({ kind }: DeliveryRefusal): boolean =>
  kind === 'flooding' || kind === 'storage-unavailable' || kind === 'too-busy';

const rejectionOf = (
  { arrival, found }: Pick<Admitted, 'arrival' | 'found'>,
  refusal: DeliveryRefusal,
  rejectedAt: number,
  body: RefusedBody | undefined,
): DeliveryRejection => {
  const { kind: _, ...detail } = refusal.kind === 'not-authentic' ? refusal.failure : refusal;
  return {
    tenantId: found.config.tenantId,
    webhookId: found.config.id,
    rejectedAt,
    reason: refusal.kind === 'not-authentic' ? refusal.failure.kind : refusal.kind,
    detail: detail as DeliveryRejection['detail'],
    clientAddress: arrival.clientAddress,
    method: arrival.method,
    headers: keptHeaders(arrival, found.config.scheme),
    bodySha256: body?.sha256,
    size: body?.size,
    requestId: arrival.requestId,
  };
};
