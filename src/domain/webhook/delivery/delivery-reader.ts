import type { TrailTooLong } from '../../audit/call-log-reader.ts';
import type { AsyncResult } from '../../shared/fp.ts';
import type { Page, PageRequest } from '../../shared/page.ts';
import type { TenantId } from '../../shared/tenant-context.ts';
import { receivedFlags, type KeptState, type ReceivedDelivery } from './received-delivery.ts';
import type { SourceService } from '../scheme/signature-scheme.ts';

/** `other_body`: another body came under its key later. It was not kept, and the event was out by then. */
export const keptFlags = [...receivedFlags, 'other_body'] as const;
export type KeptFlag = (typeof keptFlags)[number];

/** All conditions together. */
export type DeliveryFilter = {
  readonly webhookId?: string;
  readonly source?: SourceService;
  readonly state?: KeptState;
  /** One star in it stands for any text, as in the types that a webhook publishes. */
  readonly eventType?: string;
  readonly externalId?: string;
  /** Each of them. */
  readonly flags?: readonly KeptFlag[];
  /** Epoch milliseconds of arrival, inclusive. */
  readonly from?: number;
  /** Epoch milliseconds of arrival, exclusive. */
  readonly to?: number;
};

export type KeptDelivery = Omit<ReceivedDelivery, 'flags'> & {
  readonly flags: readonly KeptFlag[];
  readonly state: KeptState;
  /** Epoch milliseconds at which its event was first given to the outbox; undefined: it was not. */
  readonly publishedAt: number | undefined;
};

/** What came again under the key of a delivery. */
export type DeliveryRepeats = {
  readonly times: number;
  readonly lastSeenAt: number;
  /** Of these with a body that was not the first one's. */
  readonly otherBodies: number;
};

export type DeliveryDetails = KeptDelivery & {
  /** Hex SHA-256; undefined: a handshake. */
  readonly dedupeKeyHash: string | undefined;
  /** Undefined: its key is not known any more, or never was. */
  readonly repeats: DeliveryRepeats | undefined;
};

export type DeliveryBody = {
  readonly size: number;
  readonly contentType: string | undefined;
  /** The bytes as they came, read a piece at a time. Rejects when they went while they were read. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
};

export type AskedClaim = {
  /** Hex SHA-256. */
  readonly keyHash: string;
  readonly at: number;
  /** Whether the delivery would be filtered. One that is wanted is no repeat of one that was filtered before. */
  readonly isFiltered: boolean;
};

/** What was delivered to the webhooks of a tenant, newest first; another tenant's id finds nothing. */
export type DeliveryReader = {
  readonly list: (
    tenant: TenantId,
    filter: DeliveryFilter,
    page: PageRequest,
  ) => AsyncResult<TrailTooLong, Page<KeptDelivery>>;
  readonly byId: (tenant: TenantId, id: string) => Promise<DeliveryDetails | undefined>;
  /** The delivery that one with this claim would repeat. */
  readonly claimedBy: (tenant: TenantId, webhookId: string, claim: AskedClaim) => Promise<string | undefined>;
  readonly bodyOf: (tenant: TenantId, id: string) => Promise<DeliveryBody | undefined>;
};
