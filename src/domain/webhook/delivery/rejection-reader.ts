import type { TrailTooLong } from '../../audit/call-log-reader.ts';
import type { AsyncResult } from '../../shared/fp.ts';
import type { Page, PageRequest } from '../../shared/page.ts';
import type { TenantId } from '../../shared/tenant-context.ts';

export type RejectionFilter = {
  readonly webhookId: string;
  readonly reason?: string;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number;
  /** Epoch milliseconds, exclusive. */
  readonly to?: number;
};

/** A request to a known webhook that was refused. Nothing of its body but the hash is kept. */
export type ListedRejection = {
  readonly id: string;
  readonly webhookId: string;
  readonly rejectedAt: number;
  /** The kind of the refusal; of one that is not authentic, the kind of the failure. */
  readonly reason: string;
  /** Header names and numbers, never a value that was sent. */
  readonly detail: { readonly [name: string]: string | number };
  readonly clientAddress: string | undefined;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly bodySha256: string | undefined;
  readonly size: number | undefined;
  readonly requestId: string;
};

/** What webhooks refused, newest first. */
export type RejectionReader = {
  readonly list: (
    tenant: TenantId,
    filter: RejectionFilter,
    page: PageRequest,
  ) => AsyncResult<TrailTooLong, Page<ListedRejection>>;
  /** Refusals that were only counted, of the minutes that the period touches, whatever their reason. */
  readonly unlisted: (tenant: TenantId, filter: RejectionFilter) => AsyncResult<TrailTooLong, number>;
};
