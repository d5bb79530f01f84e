import type { Pool } from 'pg';
import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { serviceFromRow, type ServiceRow } from './external-service-row.ts';
import { queryAsSystem } from '../tenant-session.ts';

type Pooled = { readonly pool: Pool };

/** Number of active services by provider and health, over all tenants; for the metrics. */
export const healthCounts = async (
  database: Pooled,
): Promise<readonly { readonly service: string; readonly status: string; readonly count: number }[]> => {
  const text =
    'select provider as service, health_status as status, count(*)::int as count from external_services where is_active group by 1, 2';
  return (await queryAsSystem<{ service: string; status: string; count: number }>(database, text, [])).rows;
};

type Due = {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly everyMs: number;
  readonly limit: number;
};

/** A check dated further ahead than this was made by a machine whose clock was ahead, and is ignored. */
const AHEAD_MS = 60_000;

/** The active services of all tenants that are due for a probe, those not checked for longest first. */
export const servicesToProbe = async (
  database: Pooled,
  providers: readonly string[],
  { now, everyMs, limit }: Due,
): Promise<readonly ExternalService[]> => {
  const text = `select * from external_services where is_active and provider = any($1)
    and (last_health_check is null or last_health_check < $2 or last_health_check > $3)
    order by last_health_check nulls first limit $4`;
  const values = [providers, new Date(now - everyMs), new Date(now + AHEAD_MS), limit];
  return (await queryAsSystem<ServiceRow>(database, text, values)).rows.map(serviceFromRow);
};
