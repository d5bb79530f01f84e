import type { Pool } from 'pg';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { serviceFromRow, type ServiceRow } from './external-service-row.ts';
import { queryAsSystem } from './tenant-session.ts';

type Pooled = { readonly pool: Pool };

/** How many active services of each provider stand at each health, over all tenants: for the metrics. */
export const healthCounts = async (
  database: Pooled,
): Promise<readonly { readonly service: string; readonly status: string; readonly count: number }[]> => {
  const text =
    'select provider as service, health_status as status, count(*)::int as count from external_services where is_active group by 1, 2';
  return (await queryAsSystem<{ service: string; status: string; count: number }>(database, text, [])).rows;
};

/** The active services of every tenant, those unchecked for longest first: for the probing job. */
export const servicesToProbe = async (
  database: Pooled,
  providers: readonly string[],
  checkedBefore: number,
  limit: number,
): Promise<readonly ExternalService[]> => {
  const text = `select * from external_services where is_active and provider = any($1) and (last_health_check is null or last_health_check < $2)
    order by last_health_check nulls first limit $3`;
  return (
    await queryAsSystem<ServiceRow>(database, text, [providers, new Date(checkedBefore), limit])
  ).rows.map(serviceFromRow);
};
