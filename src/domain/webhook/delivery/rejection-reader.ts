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

/** A refused request to a known webhook. Nothing of its body is stored but the hash. */
export type ListedRejection = {
  readonly id: string;
  readonly webhookId: string;
  readonly rejectedAt: number;
  /** The kind of the refusal; for an unauthentic delivery, the kind of the failure. */
  readonly reason: string;
  /** Names of headers, and numbers; never a value that was sent. */
  readonly detail: { readonly [name: string]: string | number };
  readonly clientAddress: string | undefined;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly bodySha256: string | undefined;
  readonly size: number | undefined;
  readonly requestId: string;
};

/** Reads the refusals of a tenant's webhooks, newest first. Rejects when the database is unavailable. */
export type RejectionReader = {
  readonly list: (
    tenant: TenantId,
    filter: RejectionFilter,
    page: PageRequest,
  ) => AsyncResult<TrailTooLong, Page<ListedRejection>>;
  /** Number of refusals that were only counted, in all minutes that overlap the period, whatever their reason. */
  readonly unlisted: (tenant: TenantId, filter: RejectionFilter) => AsyncResult<TrailTooLong, number>;
};
