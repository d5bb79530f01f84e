import type { TenantId } from '../../shared/tenant-context.ts';
import type { Authentic } from '../proof/authenticity.ts';
import type { DeliveryContent } from './delivery-content.ts';
import type { SourceService } from '../scheme/signature-scheme.ts';

/**
 * `accepted`: its event was written to the outbox in the same transaction. `held`: its webhook is paused; it is
 * published when the webhook is active again. `spooled`: above the tenant's rate; it is published later. `filtered`:
 * its type is not published by its webhook. `handshake`: answered, not published.
 */
export const deliveryStates = ['accepted', 'held', 'spooled', 'filtered', 'handshake'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/**
 * States after it was stored. `parked`: no event could be made of it, so it was set aside and does not block others.
 */
export const keptStates = [...deliveryStates, 'parked'] as const;
export type KeptState = (typeof keptStates)[number];

export const receivedFlags = [
  'body_unreadable',
  'id_unusable',
  'address_not_listed',
  'replay_suspect',
] as const;
export type ReceivedFlag = (typeof receivedFlags)[number];

/** What identifies repeats. Hashes are hex SHA-256. */
export type DedupeClaim = {
  readonly keyHash: string;
  /** Epoch milliseconds until which a repeat counts as one. */
  readonly until: number;
};

/** One authentic delivery as it is stored and published, without its body. */
export type ReceivedDelivery = {
  /** UUID version 7; also the id of its event. */
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
  /** Selected by an allow-list (kept-headers.ts). */
  readonly headers: { readonly [name: string]: string };
  readonly clientAddress: string | undefined;
  readonly requestId: string;
  /** Epoch milliseconds, as signed by the sender. */
  readonly sentAt: number | undefined;
  readonly receivedAt: number;
  readonly flags: readonly ReceivedFlag[];
};

/** Everything that is stored with a delivery. */
export type DeliveryToKeep = {
  readonly delivery: ReceivedDelivery;
  readonly state: DeliveryState;
  readonly body: Uint8Array;
  readonly content: DeliveryContent;
  /** Undefined for handshakes, which are never repeats. */
  readonly claim: DedupeClaim | undefined;
  /** While it is remembered, the same body under another key is suspected to be a replay. */
  readonly bodyClaim: DedupeClaim | undefined;
};

export type LedgerAnswer =
  | { readonly kind: 'stored'; readonly isSuspect: boolean }
  /** The first delivery is kept, even if this one has a different body. */
  | { readonly kind: 'repeated'; readonly firstId: string; readonly isOtherBody: boolean }
  /** It is unknown whether it was stored, so it must not be acknowledged to the sender. */
  | { readonly kind: 'unavailable' };

/**
 * Stores deliveries durably. Resolves after a commit to disk. Atomic: the delivery, its body, its claim and, if
 * accepted, its event are stored together or not at all. Of equal claims exactly one is stored, even if they come at
 * the same time and through different processes; the second is answered after the first is committed. Does not reject
 * for a lost database: that is `unavailable`.
 */
export type DeliveryLedger = { readonly accept: (delivery: DeliveryToKeep) => Promise<LedgerAnswer> };
