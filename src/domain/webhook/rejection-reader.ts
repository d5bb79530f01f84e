import type { Page, PageRequest } from '../external-service/external-service-repository.ts';
import type { TenantId } from '../shared/tenant-context.ts';

export type RejectionFilter = {
  readonly webhookId: string;
  readonly reason?: string;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number;
  /** Epoch milliseconds, exclusive. */
  readonly to?: number;
};

export type ListedRejection = {
  readonly id: string;
  readonly webhookId: string;
  readonly rejectedAt: number;
  readonly reason: string;
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
  ) => Promise<Page<ListedRejection>>;
  /** Refusals that were only counted, of the minutes that the period touches, whatever their reason. */
  readonly unlisted: (tenant: TenantId, filter: RejectionFilter) => Promise<number>;
};
