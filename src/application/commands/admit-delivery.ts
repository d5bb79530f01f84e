import type { Sleep } from '../../domain/shared/clock.ts';
import { left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { AddressVerdict } from '../../domain/webhook/ip-allowlist.ts';
import type { FoundWebhook, WebhookConfigFinder } from '../../domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { isWellFormedToken, webhookTokenHash } from '../../domain/webhook/webhook-token.ts';
import { refusalBeforeBody, type Admitted, type Arrival } from '../webhooks/admitted.ts';
import type { RefusedDelivery } from '../webhooks/delivery-refusal.ts';
import { whileSenderWaits, LATE } from '../webhooks/while-sender-waits.ts';
import {
  addressSubject,
  refuseDelivery,
  refuseUnknown,
  webhookSubject,
  type RefusingDeps,
} from '../webhooks/refuse-delivery.ts';

export type AdmitDelivery = (arrival: Arrival) => AsyncResult<RefusedDelivery, Admitted>;

export type AdmitDeps = RefusingDeps & {
  readonly webhooks: WebhookConfigFinder;
  readonly judgeAddress: (config: WebhookConfig, address: string | undefined) => AddressVerdict;
  readonly sleep: Sleep;
};

/**
 * Bytes of a body from a sender on probation: enough for what senders usually send, little work for what strangers do.
 */
const MOST_BYTES_ON_PROBATION = 64 * 1024;

/** Everything that can be said before the body is read; what costs least comes first. */
export const admitDelivery =
  (deps: AdmitDeps): AdmitDelivery =>
  async (arrival) => {
    if (!isWellFormedToken(arrival.token)) return left(refuseUnknown(deps, { kind: 'unknown-address' }));
    const tokenHash = webhookTokenHash(arrival.token);
    const wait = deps.flood.waitOf(addressSubject(arrival));
    // A known token is no guess: strangers send from the addresses of GitHub, or through a proxy of all senders.
    if (wait !== undefined && !deps.webhooks.isKnown(tokenHash))
      return left(refuseUnknown(deps, { kind: 'flooding', retryAfterMs: wait }));
    const found = await whileSenderWaits(deps.webhooks.byTokenHash(tokenHash), deps.sleep);
    if (found === LATE) return left(refuseUnknown(deps, { kind: 'storage-unavailable' }));
    if (found === undefined) {
      // A text that cannot be a token was refused before: it costs no look-up, and must not keep other senders from
      // theirs.
      deps.flood.failed(addressSubject(arrival));
      return left(refuseUnknown(deps, { kind: 'unknown-address' }));
    }
    const admitted = admittedTo(deps, arrival, tokenHash, found);
    if (refusalBeforeBody(admitted) === undefined) return right(admitted);
    // Refused only by the webhook as it is now: it may have been changed through another replica.
    const now = await whileSenderWaits(deps.webhooks.byTokenHashNow(tokenHash), deps.sleep);
    if (now === LATE) return left(refuseUnknown(deps, { kind: 'storage-unavailable' }));
    const again = now === undefined ? admitted : admittedTo(deps, arrival, tokenHash, now);
    const refusal = refusalBeforeBody(again);
    return refusal === undefined ? right(again) : left(refuseDelivery(deps, again, refusal));
  };

const admittedTo = (
  { flood, judgeAddress }: AdmitDeps,
  arrival: Arrival,
  tokenHash: string,
  found: FoundWebhook,
): Admitted => {
  const { config } = found;
  const onProbation = flood.waitOf(webhookSubject(config.id, arrival));
  const mostBytes =
    onProbation === undefined ? config.maxBodyBytes : Math.min(config.maxBodyBytes, MOST_BYTES_ON_PROBATION);
  const verdict = judgeAddress(config, arrival.clientAddress);
  return { arrival, tokenHash, found, mostBytes, verdict, onProbation };
};
