import type { ServiceTokenRepository } from '../../../domain/access/service-token-repository.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import { additionsTurn } from '../unit-of-work/additions-turn.ts';
import type { OrmTransaction } from '../orm-transaction.ts';
import { rowFromToken } from './service-token-row.ts';

/** Service tokens of one tenant, inside the transaction of a unit of work. */
export const postgresServiceTokenRepository = (
  { queries }: OrmTransaction,
  tenant: TenantId,
): ServiceTokenRepository => ({
  add: async (token) => {
    await queries.insertInto('service_tokens').values(rowFromToken(token)).execute();
  },
  countUsable: async (at) => {
    await additionsTurn(queries, tenant);
    const { count } = await queries
      .selectFrom('service_tokens')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('management_company_id', '=', tenant)
      .where('revoked_at', 'is', null)
      .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', new Date(at))]))
      .executeTakeFirstOrThrow();
    return Number(count);
  },
  revoke: async (id, at) => {
    if (!isUuid(id)) return false;
    const { numUpdatedRows } = await queries
      .updateTable('service_tokens')
      .set({ revoked_at: new Date(at) })
      .where('management_company_id', '=', tenant)
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  },
});
