import type { TenantId } from '../../shared/tenant-context.ts';
import type { Authentic } from '../proof/authenticity.ts';
import type { DeliveryContent } from './delivery-content.ts';
import type { SourceService } from '../scheme/signature-scheme.ts';

/**
 * `accepted`: given to the bus in the same transaction. `held`: its webhook is paused, and the bus gets it when it is
 * active again. `spooled`: above the tenant's rate, given to the bus later. `filtered`: of a type that its webhook
 * does not want. `handshake`: answered, not published.
 */
export const deliveryStates = ['accepted', 'held', 'spooled', 'filtered', 'handshake'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** What may have become of it since. `parked`: its event could not be made, so it is set aside and in nobody's way. */
export const keptStates = [...deliveryStates, 'parked'] as const;
export type KeptState = (typeof keptStates)[number];

export const receivedFlags = [
  'body_unreadable',
  'id_unusable',
  'address_not_listed',
  'replay_suspect',
] as const;
export type ReceivedFlag = (typeof receivedFlags)[number];

/** By what two deliveries are known to be the same. Hashes are hex SHA-256. */
export type DedupeClaim = {
  readonly keyHash: string;
  /** Epoch milliseconds until which a repeat counts as one. */
  readonly until: number;
};

/** One authentic delivery, as it is stored and as listeners hear of it; its body apart. */
export type ReceivedDelivery = {
  /** UUID version 7; the id of its event too. */
  readonly id: string;
  readonly tenantId: TenantId;
  readonly webhookId: string;
  readonly source: SourceService;
  readonly eventType: string | undefined;
  readonly externalId: string | undefined;
  readonly verification: Pick<Authentic, 'method' | 'level' | 'secretVersion'>;
  readonly contentType: string | undefined;
  readonly size: number;
  readonly bodySha256: string;
  /** By allow-list (kept-headers.ts). */
  readonly headers: { readonly [name: string]: string };
  readonly clientAddress: string | undefined;
  readonly requestId: string;
  /** Epoch milliseconds; as signed by the sender. */
  readonly sentAt: number | undefined;
  readonly receivedAt: number;
  readonly flags: readonly ReceivedFlag[];
};

/** A delivery on its way into the ledger. */
export type DeliveryToKeep = {
  readonly delivery: ReceivedDelivery;
  readonly state: DeliveryState;
  readonly body: Uint8Array;
  readonly content: DeliveryContent;
  /** Undefined: never a repeat, as handshakes. */
  readonly claim: DedupeClaim | undefined;
  /** Until then the same body under another key is suspected to be a replay. */
  readonly bodyClaim: DedupeClaim | undefined;
};

export type LedgerAnswer =
  | { readonly kind: 'stored'; readonly isSuspect: boolean }
  /** The first one is kept, whatever the body of this one. */
  | { readonly kind: 'repeated'; readonly firstId: string; readonly isOtherBody: boolean }
  /** Not known to be stored, so nothing may be acknowledged. */
  | { readonly kind: 'unavailable' };

/**
 * Where deliveries become durable. Resolves after a commit that is on the disk: the delivery, its body, its claim
 * and, for an accepted one, its event, all of them or none. Of equal claims exactly one is stored, however many
 * come at once and through whichever process; who comes second is answered when the first is committed.
 */
export type DeliveryLedger = { readonly accept: (delivery: DeliveryToKeep) => Promise<LedgerAnswer> };
