import type { Either } from '../../domain/shared/fp.ts';
import type { DeliveryState, ReceivedFlag } from '../../domain/webhook/delivery/received-delivery.ts';
import type { Authentic } from '../../domain/webhook/proof/authenticity.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';

/** In the order in which a delivery is checked. Rate limits are not included, because they depend on other traffic. */
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
  /** Determines the answer that the sender would get. */
  readonly refusal: DeliveryRefusal | { readonly kind: 'method-not-allowed' };
};

export type PassedTrial = {
  readonly state: DeliveryState;
  readonly verification: Authentic;
  readonly eventType: string | undefined;
  readonly externalId: string | undefined;
  /** Undefined for a handshake, which is never deduplicated. */
  readonly dedupeKey: string | undefined;
  readonly flags: readonly ReceivedFlag[];
  /** Id of the delivery that this one would repeat. */
  readonly firstId: string | undefined;
};

export type DeliveryTrial = {
  readonly source: WebhookConfig['sourceService'];
  readonly outcome: Either<FailedTrial, PassedTrial>;
};
