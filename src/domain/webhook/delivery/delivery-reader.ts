import type { TrailTooLong } from '../../audit/call-log-reader.ts';
import type { AsyncResult } from '../../shared/fp.ts';
import type { Page, PageRequest } from '../../shared/page.ts';
import type { TenantId } from '../../shared/tenant-context.ts';
import { receivedFlags, type KeptState, type ReceivedDelivery } from './received-delivery.ts';
import type { SourceService } from '../scheme/signature-scheme.ts';

/**
 * `other_body`: a different body came later with the same deduplication key. It was not stored, since the event had
 * already been published.
 */
export const keptFlags = [...receivedFlags, 'other_body'] as const;
export type KeptFlag = (typeof keptFlags)[number];

/** Selects the deliveries that match all given fields. */
export type DeliveryFilter = {
  readonly webhookId?: string;
  readonly source?: SourceService;
  readonly state?: KeptState;
  /** May contain one star that stands for any text, as in the types that a webhook publishes. */
  readonly eventType?: string;
  readonly externalId?: string;
  /** All of these flags must be set. */
  readonly flags?: readonly KeptFlag[];
  /** Arrival time in epoch milliseconds, inclusive. */
  readonly from?: number;
  /** Arrival time in epoch milliseconds, exclusive. */
  readonly to?: number;
};

export type KeptDelivery = Omit<ReceivedDelivery, 'flags'> & {
  readonly flags: readonly KeptFlag[];
  readonly state: KeptState;
  /** Epoch milliseconds at which its event was first written to the outbox; undefined when it was not. */
  readonly publishedAt: number | undefined;
};

/** Repeats of a delivery, recognised by its deduplication key. */
export type DeliveryRepeats = {
  readonly times: number;
  readonly lastSeenAt: number;
  /** How many of them had a different body. */
  readonly otherBodies: number;
};

export type DeliveryDetails = KeptDelivery & {
  /** Hex SHA-256; undefined for a handshake. */
  readonly dedupeKeyHash: string | undefined;
  /** Undefined when its key is not remembered any more, or never was. */
  readonly repeats: DeliveryRepeats | undefined;
};

export type DeliveryBody = {
  readonly size: number;
  readonly contentType: string | undefined;
  /** The bytes as received, read in chunks. Rejects when they are deleted while being read. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
};

export type AskedClaim = {
  /** Hex SHA-256. */
  readonly keyHash: string;
  readonly at: number;
  /** Whether the delivery would be filtered out. One that is published is not a repeat of one that was filtered. */
  readonly isFiltered: boolean;
};

/**
 * Reads the deliveries of a tenant, newest first. Ids of other tenants find nothing. Rejects when the database is
 * unavailable.
 */
export type DeliveryReader = {
  readonly list: (
    tenant: TenantId,
    filter: DeliveryFilter,
    page: PageRequest,
  ) => AsyncResult<TrailTooLong, Page<KeptDelivery>>;
  readonly byId: (tenant: TenantId, id: string) => Promise<DeliveryDetails | undefined>;
  /** Id of the delivery that one with this claim would repeat. */
  readonly claimedBy: (tenant: TenantId, webhookId: string, claim: AskedClaim) => Promise<string | undefined>;
  readonly bodyOf: (tenant: TenantId, id: string) => Promise<DeliveryBody | undefined>;
};
