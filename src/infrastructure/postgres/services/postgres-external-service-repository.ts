import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { ExternalServiceRepository } from '../../../domain/external-service/external-service-repository.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import { administeredColumns, rowFromService, serviceFromRow } from './external-service-row.ts';
import { additionsTurn } from '../unit-of-work/additions-turn.ts';
import type { OrmTransaction } from '../orm-transaction.ts';
import { versionedRemoval } from '../orm/versioned-removal.ts';
import { FOREIGN_KEY_VIOLATION } from '../connection/sql-state.ts';

const TABLE = 'external_services';
const NAME_INDEX = 'ix_external_services_tenant_service';

/** Services of one tenant, inside the transaction of a unit of work. */
export const postgresExternalServiceRepository = (
  transaction: OrmTransaction,
  tenant: TenantId,
): ExternalServiceRepository => {
  const { queries } = transaction;
  const own = () => queries.selectFrom(TABLE).selectAll().where('management_company_id', '=', tenant);
  return {
    byId: async (id) => {
      if (!isUuid(id)) return undefined;
      const row = await own().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
      return row && serviceFromRow(row);
    },
    count: async () => {
      await additionsTurn(queries, tenant);
      const { count } = await queries
        .selectFrom(TABLE)
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .where('management_company_id', '=', tenant)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    all: async () => (await own().orderBy('id').forNoKeyUpdate().execute()).map(serviceFromRow),
    add: async (service) => {
      const { numInsertedOrUpdatedRows } = await queries
        .insertInto(TABLE)
        .values(rowFromService(service))
        .onConflict((conflict) => conflict.columns(['management_company_id', 'service_name']).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 0n ? 'name-taken' : 'added';
    },
    update: (service, expectedVersion) => change(transaction, tenant, service, expectedVersion),
    remove: async (id, expectedVersion) =>
      isUuid(id) ? removal(transaction, tenant, id, expectedVersion) : 'version-changed',
    changeHealth: async (id, from, to, checkedAt, refusedVersion) => {
      const refusal = to === 'healthy' ? null : refusedVersion;
      const { numUpdatedRows } = await queries
        .updateTable(TABLE)
        .set({
          health_status: to,
          last_health_check: new Date(checkedAt),
          ...(refusal !== undefined && { refused_version: refusal }),
        })
        .where('management_company_id', '=', tenant)
        .where('id', '=', id)
        .where('health_status', '=', from)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
  };
};

const change = (
  { attempt }: OrmTransaction,
  tenant: TenantId,
  service: ExternalService,
  expectedVersion: number,
) =>
  attempt<'updated' | 'name-taken' | 'version-changed'>(
    async (queries) => {
      const { numUpdatedRows } = await queries
        .updateTable(TABLE)
        .set(administeredColumns(service))
        .where('management_company_id', '=', tenant)
        .where('id', '=', service.id)
        .where('version', '=', expectedVersion)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 0n ? 'version-changed' : 'updated';
    },
    (error) => (error.constraint === NAME_INDEX ? 'name-taken' : undefined),
  );

const removal = ({ attempt }: OrmTransaction, tenant: TenantId, id: string, expectedVersion: number) =>
  attempt<'removed' | 'version-changed' | 'referenced'>(
    (queries) => versionedRemoval(queries, TABLE, tenant, id, expectedVersion),
    (error) => (error.code === FOREIGN_KEY_VIOLATION ? 'referenced' : undefined),
  );
