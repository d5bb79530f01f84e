import type { Kysely } from 'kysely';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { Tables } from './records.ts';

/** Deletes a tenant's row if its version is still the one that the caller has seen. */
export const versionedRemoval = async (
  queries: Kysely<Tables>,
  table: 'external_services' | 'webhook_configs',
  tenant: TenantId,
  id: string,
  expectedVersion: number,
): Promise<'removed' | 'version-changed'> => {
  const { numDeletedRows } = await queries
    .deleteFrom(table)
    .where('management_company_id', '=', tenant)
    .where('id', '=', id)
    .where('version', '=', expectedVersion)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 0n ? 'version-changed' : 'removed';
};
