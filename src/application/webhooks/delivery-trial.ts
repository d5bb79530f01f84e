import type { Either } from '../../domain/shared/fp.ts';
import type { DeliveryState, ReceivedFlag } from '../../domain/webhook/delivery/received-delivery.ts';
import type { Authentic } from '../../domain/webhook/proof/authenticity.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';

/** In the order in which a delivery is checked; limits are not, they depend on what else arrives. */
export const deliveryChecks = [
  'method',
  'token',
  'status',
  'address',
  'encoding',
  'size',
  'authenticity',
] as const;
export type DeliveryCheck = (typeof deliveryChecks)[number];

export type FailedTrial = {
  readonly check: DeliveryCheck;
  /** Decides what the sender would be told. */
  readonly refusal: DeliveryRefusal | { readonly kind: 'method-not-allowed' };
};

export type PassedTrial = {
  readonly state: DeliveryState;
  readonly verification: Authentic;
  readonly eventType: string | undefined;
  readonly externalId: string | undefined;
  /** Undefined: a handshake is never a repeat. */
  readonly dedupeKey: string | undefined;
  readonly flags: readonly ReceivedFlag[];
  /** The delivery it would be a repeat of. */
  readonly firstId: string | undefined;
};

export type DeliveryTrial = {
  readonly source: WebhookConfig['sourceService'];
  readonly outcome: Either<FailedTrial, PassedTrial>;
};
