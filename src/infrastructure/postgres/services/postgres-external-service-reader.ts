import type { ExternalServiceReader } from '../../../domain/external-service/external-service-repository.ts';
import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { activeAmong } from '../../../domain/external-service/plan-for.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import type { Database } from '../database.ts';
import { serviceFromRow, type ServiceRow } from './external-service-row.ts';
import { pageOf, positionParameters, rowsToRead } from '../page-of.ts';
import { SnapshotCache } from '../snapshot-cache.ts';
import { queryAsSystem, readInTenant } from '../tenant-session.ts';

type Deps = {
  readonly database: Pick<Database, 'pool'>;
  readonly monotonic: Clock['monotonic'];
  readonly sleep: Sleep;
  readonly isAway?: () => boolean;
};

export type PostgresExternalServiceReader = ExternalServiceReader & {
  /** Called after a command: the next `activeOf` of the tenant loads again. */
  readonly invalidate: (tenant: TenantId) => void;
  /** Loads the active services of all tenants, for a time in which the database is away. */
  readonly refresh: () => Promise<void>;
};

/** How long a change made elsewhere may go unseen, unless the database is away. */
export const SNAPSHOT_MAX_AGE_MS = 1_000;
const MAX_TENANTS = 5_000;

const BY_ID = 'select * from external_services where management_company_id = $1 and id = $2';
const BY_NAME = 'select * from external_services where management_company_id = $1 and service_name = $2';

/** An inactive service may still be a link in a fallback chain. */
const MAY_LEAD_ON = '(is_active or fallback_service_id is not null)';

const ACTIVE = `
  select * from external_services where management_company_id = $1 and ${MAY_LEAD_ON}
  order by priority desc, created_at, id`;

const MOST_ROWS = 20_000;
const ACTIVE_OF_ALL = `
  select * from external_services where ${MAY_LEAD_ON}
  order by management_company_id, priority desc, created_at, id limit ${MOST_ROWS}`;

const LIST = `
  select * from external_services
  where management_company_id = $1
    and ($2::text is null or service_type = $2)
    and ($3::boolean is null or is_active = $3)
    and ($4::text is null or health_status = $4)
    and ($5::timestamptz is null or (created_at, id) < ($5, $6::uuid))
  order by created_at desc, id desc
  limit $7`;

/** Reads services; active ones from a snapshot per tenant, which survives an outage of the database. */
export const postgresExternalServiceReader = ({
  database,
  ...cacheOptions
}: Deps): PostgresExternalServiceReader => {
  const rows = async (tenant: TenantId, text: string, values: readonly unknown[]) =>
    (await readInTenant<ServiceRow>(database, tenant, text, values)).rows.map(serviceFromRow);
  const active = new SnapshotCache<readonly ExternalService[]>({
    ...cacheOptions,
    maxAge: SNAPSHOT_MAX_AGE_MS,
    maxKeys: MAX_TENANTS,
    load: async (tenant) => activeAmong(await rows(tenant as TenantId, ACTIVE, [tenant])),
  });
  const loadAll = async () => {
    const { rows: all } = await queryAsSystem<ServiceRow>(database, ACTIVE_OF_ALL, []);
    const isComplete = all.length < MOST_ROWS;
    const byTenant = Map.groupBy(all.map(serviceFromRow), ({ tenantId }): string => tenantId);
    const values = new Map([...byTenant].map(([tenant, services]) => [tenant, activeAmong(services)]));
    // The last tenant may be cut off by the limit.
    const last = all.at(-1)?.management_company_id;
    if (!isComplete && last !== undefined) values.delete(last);
    return { values, isComplete };
  };
  return {
    byId: async (tenant, id) => (isUuid(id) ? (await rows(tenant, BY_ID, [tenant, id]))[0] : undefined),
    byName: async (tenant, serviceName) => (await rows(tenant, BY_NAME, [tenant, serviceName]))[0],
    list: async (tenant, { serviceType, isActive, healthStatus }, page) => {
      const filter = [serviceType ?? null, isActive ?? null, healthStatus ?? null];
      const values = [tenant, ...filter, ...positionParameters(page), rowsToRead(page)];
      return pageOf(await rows(tenant, LIST, values), page, ({ createdAt, id }) => ({ at: createdAt, id }));
    },
    activeOf: async (tenant, type) =>
      (await active.get(tenant)).filter(({ serviceType }) => serviceType === type),
    refresh: () => active.refresh(loadAll),
    invalidate: (tenant) => active.outdate(tenant),
  };
};
