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

/** Largest body accepted from a sender on probation: enough for usual deliveries, and little work for forged ones. */
const MOST_BYTES_ON_PROBATION = 64 * 1024;

/** Every check that is possible before the body is read, the cheapest first. */
export const admitDelivery =
  (deps: AdmitDeps): AdmitDelivery =>
  async (arrival) => {
    if (!isWellFormedToken(arrival.token)) return left(refuseUnknown(deps, { kind: 'unknown-address' }));
    const tokenHash = webhookTokenHash(arrival.token);
    const wait = deps.flood.waitOf(addressSubject(arrival));
    // A known token is not a guess. Strangers may share an address with real senders (GitHub's, or that of a proxy).
    if (wait !== undefined && !deps.webhooks.isKnown(tokenHash))
      return left(refuseUnknown(deps, { kind: 'flooding', retryAfterMs: wait }));
    const found = await whileSenderWaits(deps.webhooks.byTokenHash(tokenHash), deps.sleep);
    if (found === LATE) return left(refuseUnknown(deps, { kind: 'storage-unavailable' }));
    if (found === undefined) {
      // Malformed tokens were refused above without counting: they cost no look-up, and must not get other senders
      // at the same address blocked.
      deps.flood.failed(addressSubject(arrival));
      return left(refuseUnknown(deps, { kind: 'unknown-address' }));
    }
    const admitted = admittedTo(deps, arrival, tokenHash, found);
    if (refusalBeforeBody(admitted) === undefined) return right(admitted);
    // Before refusing, read the webhook anew: another replica may have changed it.
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
  const probationMs = flood.waitOf(webhookSubject(config.id, arrival));
  const mostBytes =
    probationMs === undefined ? config.maxBodyBytes : Math.min(config.maxBodyBytes, MOST_BYTES_ON_PROBATION);
  const verdict = judgeAddress(config, arrival.clientAddress);
  return { arrival, tokenHash, found, mostBytes, verdict, probationMs };
};
