import { createHash } from 'node:crypto';
import type { IdSource } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import { calledUrl } from '../../domain/webhook/request/called-url.ts';
import { deliveryFacts } from '../../domain/webhook/delivery/delivery-facts.ts';
import type { HandshakeAnswer } from '../../domain/webhook/delivery/handshake.ts';
import type { RawDelivery } from '../../domain/webhook/request/raw-delivery.ts';
import type {
  DeliveryLedger,
  DeliveryState,
  DeliveryToKeep,
  LedgerAnswer,
} from '../../domain/webhook/delivery/received-delivery.ts';
import { senderAnswer } from '../../domain/webhook/delivery/sender-answer.ts';
import type { ResponseRule, SourceService } from '../../domain/webhook/scheme/signature-scheme.ts';
import type { Admitted } from '../webhooks/admitted.ts';
import type { DeliveryRefusal, RefusedDelivery } from '../webhooks/delivery-refusal.ts';
import { deliveryToKeep } from '../webhooks/delivery-to-keep.ts';
import { proveDelivery, type ProvenDelivery, type ProvingDeps } from '../webhooks/prove-delivery.ts';
import { rateAllowance, type RateDeps } from '../webhooks/rate-allowance.ts';
import { refuseDelivery, type RefusingDeps } from '../webhooks/refuse-delivery.ts';

/** The delivery is durably stored, or repeats one that is. The response to the sender is derived from this. */
export type AcceptedDelivery = {
  readonly deliveryId: string;
  readonly source: SourceService;
  readonly outcome: DeliveryState | 'repeated';
  readonly handshake: HandshakeAnswer | undefined;
  readonly response: ResponseRule | undefined;
};

export type AcceptDelivery = (
  admitted: Admitted,
  body: Uint8Array,
) => AsyncResult<RefusedDelivery, AcceptedDelivery>;

type Deps = RefusingDeps &
  ProvingDeps &
  RateDeps & {
    readonly ledger: DeliveryLedger;
    readonly ids: IdSource;
  };

/**
 * Takes a delivery from its raw bytes to a durable row: verifies its authenticity, counts it against the tenant's rate,
 * and stores it with its event in one commit. Authenticity comes before the rate, so that strangers cannot use up the
 * rate. The content of an authentic delivery is never a reason to refuse it: senders would repeat it for days, and
 * Telegram would hold back all later ones.
 */
export const acceptDelivery =
  (deps: Deps): AcceptDelivery =>
  async (admitted, body) => {
    const { arrival, found } = admitted;
    const delivery: RawDelivery = { ...arrival, url: calledUrl(found.config.publicUrl, arrival.token), body };
    const refuse = (refusal: DeliveryRefusal) =>
      left(refuseDelivery(deps, admitted, refusal, { sha256: sha256Of(body), size: body.length }));
    const proven = await proveDelivery(deps, admitted, delivery);
    if (isLeft(proven)) return refuse(proven.left);
    const { authentic } = proven.right;
    const { config } = proven.right.admitted.found;
    const allowance = await rateAllowance(deps, config, body.length);
    if ('refusal' in allowance) return refuse(allowance.refusal);
    const facts = deliveryFacts(config.sourceService, config.scheme, authentic.level, delivery);
    const kept = deliveryToKeep(deps.ids.uuid(), proven.right, delivery, facts, allowance.isOverLimit);
    const answer = await committed(deps, kept);
    if (answer.kind === 'unavailable') return refuse({ kind: 'storage-unavailable' });
    if (answer.kind === 'stored' && answer.isSuspect) deps.telemetry.suspected(config.sourceService);
    const outcome = answer.kind === 'repeated' ? 'repeated' : kept.state;
    noteAccepted(deps, proven.right, outcome);
    return right({
      deliveryId: answer.kind === 'repeated' ? answer.firstId : kept.delivery.id,
      source: config.sourceService,
      outcome,
      handshake: facts.handshake,
      response: config.response ?? config.scheme?.response ?? senderAnswer(config.sourceService, facts),
    });
  };

const sha256Of = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

const committed = async ({ ledger, telemetry, clock }: Deps, kept: DeliveryToKeep): Promise<LedgerAnswer> => {
  const started = clock.monotonic();
  const answer = await ledger.accept(kept);
  telemetry.committed(clock.monotonic() - started);
  return answer;
};

const noteAccepted = (
  { tally, telemetry, clock }: Deps,
  { admitted: { found }, authentic: { secretVersion } }: ProvenDelivery,
  outcome: AcceptedDelivery['outcome'],
): void => {
  tally.count({
    webhookId: found.config.id,
    accepted: true,
    at: clock.now(),
    toPreviousAddress: found.address === 'previous',
    secretVersion,
  });
  telemetry.answered({ source: found.config.sourceService, outcome, reason: undefined });
};
