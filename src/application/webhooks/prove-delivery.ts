import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, left, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { Authentic } from '../../domain/webhook/authenticity.ts';
import type { OpenedSecrets } from '../../domain/webhook/opened-secrets.ts';
import type { RawDelivery } from '../../domain/webhook/raw-delivery.ts';
import { proofOf, verifyDelivery } from '../../domain/webhook/verify-delivery.ts';
import type { WebhookConfigFinder } from '../../domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import type { Admitted } from '../commands/admit-delivery.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';
import type { WebhookTelemetry } from './webhook-telemetry.ts';

export type ProvingDeps = {
  readonly webhooks: WebhookConfigFinder;
  readonly openSecrets: (config: WebhookConfig) => OpenedSecrets;
  /** Whether the webhook may be read anew just now; strangers must not make the database work. */
  readonly mayLookAgain: (webhookId: string) => boolean;
  readonly telemetry: Pick<WebhookTelemetry, 'verified'>;
  readonly clock: Clock;
};

/** Whether it is what its sender sent. On the left is what to tell of one that is not. */
export const proveDelivery = async (
  deps: ProvingDeps,
  { found, tokenHash, onProbation }: Admitted,
  delivery: RawDelivery,
): AsyncResult<DeliveryRefusal, Authentic> => {
  const proven = verified(deps, found.config, delivery);
  if (!isLeft(proven)) return proven;
  const later = await lookedAgain(deps, found.config, tokenHash);
  const again = later === undefined ? proven : verified(deps, later, delivery);
  if (!isLeft(again) || onProbation === undefined) return again;
  return left({ kind: 'flooding', retryAfterMs: onProbation });
};

/** Undefined: as it was known. Its secret may have been rotated through another replica a moment ago. */
const lookedAgain = async (
  { webhooks, mayLookAgain }: ProvingDeps,
  known: WebhookConfig,
  tokenHash: string,
): Promise<WebhookConfig | undefined> => {
  if (!mayLookAgain(known.id)) return undefined;
  const now = await webhooks.byTokenHashNow(tokenHash);
  return now === undefined || now.config.version === known.version ? undefined : now.config;
};

const verified = (
  { openSecrets, telemetry, clock }: ProvingDeps,
  config: WebhookConfig,
  delivery: RawDelivery,
): Either<DeliveryRefusal, Authentic> => {
  const started = clock.monotonic();
  const isEnforced = config.ipMode === 'enforce' && config.ipAllowlist.length > 0;
  const proof = proofOf(config.sourceService, config.scheme, isEnforced);
  if (proof === undefined) return left({ kind: 'not-authentic', failure: { kind: 'secret-missing' } });
  const { secrets, unreadable } = openSecrets(config);
  const proven = verifyDelivery(proof, delivery, secrets, delivery.receivedAt.getTime());
  telemetry.verified(clock.monotonic() - started);
  if (!isLeft(proven)) return proven;
  // With the secret that does not open it might be authentic: the sender is told to come again.
  return left(
    unreadable.length > 0 ? { kind: 'secret-unreadable' } : { kind: 'not-authentic', failure: proven.left },
  );
};
