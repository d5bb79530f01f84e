import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { ListedRejection } from '../../domain/webhook/delivery/rejection-reader.ts';

/** A refused request to a known webhook, before it has an id. */
export type DeliveryRejection = Omit<ListedRejection, 'id'> & { readonly tenantId: TenantId };

/**
 * Records refusals, written in batches, so that a stranger's request costs no commit. Of one webhook at most 60 a
 * minute are recorded; further ones are only counted. A crash loses those not written yet.
 */
export type RejectionLog = { readonly note: (rejection: DeliveryRejection) => void };
