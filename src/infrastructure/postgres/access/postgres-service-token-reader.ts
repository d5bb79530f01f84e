import type { ServiceTokenReader } from '../../../domain/access/service-token-repository.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import type { Database } from '../database.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { tokenFromRow, type TokenRow } from './service-token-row.ts';
import { readInTenant } from '../tenant-session.ts';

const BY_ID = 'select * from service_tokens where management_company_id = $1 and id = $2';

const LIST = `
  select * from service_tokens
  where management_company_id = $1
    and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
  order by created_at desc, id desc
  limit $4`;

/** Lists the service tokens issued by a tenant's administrators, newest first, revoked ones included. */
export const postgresServiceTokenReader = (database: Pick<Database, 'pool'>): ServiceTokenReader => {
  const rows = async (tenant: TenantId, text: string, values: readonly unknown[]) =>
    (await readInTenant<TokenRow>(database, tenant, text, values)).rows.map(tokenFromRow);
  return {
    byId: async (tenant, id) => (isUuid(id) ? (await rows(tenant, BY_ID, [tenant, id]))[0] : undefined),
    list: async (tenant, page) => {
      const values = [tenant, ...positionParameters(page), rowsToRead(page)];
      return pageOf(await rows(tenant, LIST, values), page, ({ createdAt, id }) => ({ at: createdAt, id }));
    },
  };
};
