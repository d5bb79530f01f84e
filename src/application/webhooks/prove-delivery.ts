import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { Authentic } from '../../domain/webhook/proof/authenticity.ts';
import { calledUrl } from '../../domain/webhook/request/called-url.ts';
import { isKnownProof } from '../../domain/webhook/known-proof.ts';
import { isActive } from '../../domain/webhook/proof/matching-secret.ts';
import type { OpenedSecrets } from '../../domain/webhook/opened-secrets.ts';
import type { RawDelivery } from '../../domain/webhook/request/raw-delivery.ts';
import { proofOf, verifyDelivery } from '../../domain/webhook/proof/verify-delivery.ts';
import type { AddressVerdict } from '../../domain/webhook/ip-allowlist.ts';
import type { FoundWebhook, WebhookConfigFinder } from '../../domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { refusalBeforeBody, type Admitted } from './admitted.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';
import { whileSenderWaits, LATE } from './while-sender-waits.ts';
import type { WebhookTelemetry } from './webhook-telemetry.ts';

export type ProvingDeps = {
  readonly webhooks: Pick<WebhookConfigFinder, 'byTokenHashNow'>;
  readonly judgeAddress: (config: WebhookConfig, address: string | undefined) => AddressVerdict;
  readonly openSecrets: (config: WebhookConfig) => OpenedSecrets;
  readonly telemetry: Pick<WebhookTelemetry, 'verified'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
};

/** `admitted` holds the version of the webhook that verified the delivery; later steps must use the same one. */
export type ProvenDelivery = { readonly admitted: Admitted; readonly authentic: Authentic };

/** Verifies that the delivery comes from its sender. Left: the refusal to report. */
export const proveDelivery = async (
  deps: ProvingDeps,
  admitted: Admitted,
  delivery: RawDelivery,
): AsyncResult<DeliveryRefusal, ProvenDelivery> => {
  const { found, probationMs } = admitted;
  const authentic = verified(deps, found.config, delivery);
  if (!isLeft(authentic)) return right({ admitted, authentic: authentic.right });
  const again = await lookedAgain(deps, admitted, delivery, authentic);
  if (!isLeft(again) || probationMs === undefined) return again;
  return left({ kind: 'flooding', retryAfterMs: probationMs });
};

/** Before refusing, reads the webhook from the database: its secret may have been rotated through another replica. */
const lookedAgain = async (
  deps: ProvingDeps,
  admitted: Admitted,
  delivery: RawDelivery,
  refused: Either<DeliveryRefusal, never>,
): AsyncResult<DeliveryRefusal, ProvenDelivery> => {
  const now = await whileSenderWaits(deps.webhooks.byTokenHashNow(admitted.tokenHash), deps.sleep);
  if (now === LATE) return left({ kind: 'storage-unavailable' });
  if (now === undefined || now.config.version === admitted.found.config.version) return refused;
  const again = admittedAnew(deps, admitted, now, delivery.body.length);
  const refusal = refusalBeforeBody(again);
  if (refusal !== undefined) return left(refusal);
  const url = calledUrl(now.config.publicUrl, admitted.arrival.token);
  const authentic = verified(deps, now.config, { ...delivery, url });
  return isLeft(authentic) ? authentic : right({ admitted: again, authentic: authentic.right });
};

/** The body has been read, so its actual size is known. */
const admittedAnew = (
  { judgeAddress }: ProvingDeps,
  { arrival, ...admitted }: Admitted,
  found: FoundWebhook,
  bytes: number,
): Admitted => ({
  ...admitted,
  found,
  arrival: { ...arrival, announcedBytes: bytes },
  mostBytes: found.config.maxBodyBytes,
  verdict: judgeAddress(found.config, arrival.clientAddress),
});

const verified = (
  { openSecrets, telemetry, clock }: ProvingDeps,
  config: WebhookConfig,
  delivery: RawDelivery,
): Either<DeliveryRefusal, Authentic> => {
  if (!isKnownProof(config)) return left({ kind: 'proof-unknown' });
  const started = clock.monotonic();
  const isEnforced = config.ipMode === 'enforce' && config.ipAllowlist.length > 0;
  const proof = proofOf(config.sourceService, config.scheme, isEnforced);
  if (proof === undefined) return left({ kind: 'not-authentic', failure: { kind: 'secret-missing' } });
  const { secrets, unreadable } = openSecrets(config);
  const now = delivery.receivedAt.getTime();
  const proven = verifyDelivery(proof, delivery, secrets, now);
  telemetry.verified(clock.monotonic() - started);
  if (!isLeft(proven)) return proven;
  // The secret that cannot be decrypted might verify it, so the sender is asked to retry.
  const mayBeProven = config.secrets.some((one) => unreadable.includes(one.version) && isActive(one, now));
  return left(mayBeProven ? { kind: 'secret-unreadable' } : { kind: 'not-authentic', failure: proven.left });
};
