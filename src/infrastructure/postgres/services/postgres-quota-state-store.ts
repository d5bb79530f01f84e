import type { Pool } from 'pg';
import type { QuotaStateStore, StoredWindow } from '../../../domain/rate-limit/quota-state-store.ts';
import { windowTypes } from '../../../domain/rate-limit/quota.ts';
import { MICROS_PER_UNIT } from '../../../domain/shared/money.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import { removal, removeInTurns } from '../remove-in-turns.ts';
import { queryAsSystem, queryInTenant } from '../tenant-session.ts';

type Row = {
  readonly management_company_id: TenantId;
  readonly subject_id: string;
  readonly service_name: string;
  readonly window_type: string;
  readonly window_start: Date;
  readonly window_end: Date;
  readonly request_count: number;
  readonly max_requests: number;
  readonly is_rate_limited: boolean;
  readonly total_cost: string;
  readonly entries: readonly (readonly [number, number])[];
  readonly leased: number;
};

const LOAD = 'select * from api_rate_limits where management_company_id = $1 and subject_id = $2';

const LOAD_ALL = `select r.* from unnest($1::text[], $2::text[]) as asked (tenant, subject)
  join api_rate_limits r on r.management_company_id = asked.tenant and r.subject_id = asked.subject`;

/**
 * Rows of services that were removed meanwhile are dropped, since nobody can call them any more. Services are locked
 * first, as by whoever removes one and then its rows, so that a removal under way is awaited while no row is locked.
 * All rows are locked in one order: after an outage of the database all replicas write the same rows at once, each in
 * the order in which it met them. A cost too large for its column is capped, so that it does not fail the other rows.
 */
const SAVE = `with r as materialized (
    select * from jsonb_to_recordset($1::jsonb) as r (tenant text, subject text, service uuid, name text, type text, starts timestamptz, ends timestamptz,
      used int, max int, limited boolean, cost numeric, entries jsonb, leased int)
  ), alive as materialized (
    select id from external_services where id in (select service from r) order by id for key share
  )
  insert into api_rate_limits (management_company_id, subject_id, service_id, service_name, window_type, window_start, window_end,
    request_count, max_requests, remaining_requests, is_rate_limited, total_cost, entries, leased, updated_at)
  select r.tenant, r.subject, r.service, r.name, r.type, r.starts, r.ends, r.used, r.max, greatest(r.max - r.used, 0), r.limited, least(r.cost, 999999999999.999999), r.entries, r.leased, now()
  from r where r.service is null or r.service in (select id from alive)
  order by r.tenant, r.subject, r.type
  on conflict (management_company_id, subject_id, window_type) do update set service_name = excluded.service_name,
    window_start = excluded.window_start, window_end = excluded.window_end, request_count = excluded.request_count,
    max_requests = excluded.max_requests, remaining_requests = excluded.remaining_requests, is_rate_limited = excluded.is_rate_limited,
    total_cost = excluded.total_cost, entries = excluded.entries, leased = excluded.leased, updated_at = excluded.updated_at`;

const REMOVE_UNUSED = removal('api_rate_limits', 'updated_at < $1');

/**
 * Deletes windows last written before that time. Windows of a service are deleted with it; those of a tenant, or of an
 * account at Google, would otherwise remain for ever. Returns the number of rows.
 */
export const removeUnusedWindows = (
  database: { readonly pool: Pool },
  writtenBefore: number,
): Promise<number> => removeInTurns(database, REMOVE_UNUSED, writtenBefore);

/** Stores the windows of a limiter in table `api_rate_limits`. */
export const postgresQuotaStateStore = (database: { readonly pool: Pool }): QuotaStateStore => ({
  load: async (tenant, subjectId) => {
    const { rows } = await queryInTenant<Row>(database, tenant, LOAD, [tenant, subjectId]);
    return rows.flatMap(windowFrom);
  },
  loadAll: async (subjects) => {
    const tenants = subjects.map(({ tenantId }) => tenantId);
    const names = subjects.map(({ subjectId }) => subjectId);
    const { rows } = await queryAsSystem<Row>(database, LOAD_ALL, [tenants, names]);
    return rows.flatMap(windowFrom);
  },
  save: async (windows) => {
    await queryAsSystem(database, SAVE, [JSON.stringify(windows.map(recordOf))]);
  },
});

const recordOf = (window: StoredWindow) => ({
  tenant: window.tenantId,
  subject: window.subjectId,
  service: isUuid(window.subjectId) ? window.subjectId : null,
  name: window.serviceName,
  type: window.window,
  starts: new Date(window.windowStart),
  ends: new Date(window.windowEnd),
  used: window.used,
  max: window.limit,
  limited: window.isRateLimited,
  cost: window.totalCostMicros / MICROS_PER_UNIT,
  entries: window.entries,
  leased: window.leased,
});

const windowFrom = (row: Row): readonly StoredWindow[] => {
  const window = windowTypes.find((type) => type === row.window_type);
  if (window === undefined) return [];
  return [
    {
      tenantId: row.management_company_id,
      subjectId: row.subject_id,
      serviceName: row.service_name,
      window,
      limit: row.max_requests,
      used: row.request_count,
      isRateLimited: row.is_rate_limited,
      totalCostMicros: Math.round(Number(row.total_cost) * MICROS_PER_UNIT),
      windowStart: row.window_start.getTime(),
      windowEnd: row.window_end.getTime(),
      entries: row.entries,
      leased: row.leased,
    },
  ];
};
