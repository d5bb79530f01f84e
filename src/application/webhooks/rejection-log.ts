import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { ListedRejection } from '../../domain/webhook/delivery/rejection-reader.ts';

/** A request to a known webhook that was refused, before it has an id. */
export type DeliveryRejection = Omit<ListedRejection, 'id'> & { readonly tenantId: TenantId };

/**
 * Takes what was refused, to be written soon and together: a stranger's request costs no commit. Of a webhook that
 * refuses more than 60 times in a minute the others are only counted. What a crash takes along is lost.
 */
export type RejectionLog = { readonly note: (rejection: DeliveryRejection) => void };
