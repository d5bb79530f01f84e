import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** A request to a known webhook that was refused. Nothing of its body but the hash is kept. */
export type DeliveryRejection = {
  readonly tenantId: TenantId;
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

/**
 * Takes what was refused, to be written soon and together: a stranger's request costs no commit. Of a webhook that
 * refuses more than 60 times in a minute the others are only counted. What a crash takes along is lost.
 */
export type RejectionLog = { readonly note: (rejection: DeliveryRejection) => void };
