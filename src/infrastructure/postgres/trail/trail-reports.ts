import type { LogFilter, LogGrouping } from '../../../domain/audit/call-log-reader.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** The conditions of a filter. `trailFilterParameters` must be the first parameters of the statement. */
export const TRAIL_FILTERED = `
  management_company_id = $1
  and ($2::timestamptz is null or started_at >= $2)
  and ($3::timestamptz is null or started_at < $3)
  and ($4::text is null or service_name = $4)
  and ($5::text is null or service_id::text = $5)
  and ($6::text is null or operation = $6)
  and ($7::text is null or status = $7)
  and ($8::text is null or request_id = $8)
  and ($9::float8 is null or duration_ms >= $9)`;

export const trailFilterParameters = (tenant: TenantId, filter: LogFilter): readonly unknown[] => [
  tenant,
  filter.from === undefined ? null : new Date(filter.from),
  filter.to === undefined ? null : new Date(filter.to),
  filter.serviceName ?? null,
  filter.serviceId?.toLowerCase() ?? null,
  filter.operation ?? null,
  filter.status ?? null,
  filter.requestId ?? null,
  filter.minDurationMs ?? null,
];

/**
 * `key`: what rows are grouped by. `label`: how the group is shown; a time is formatted once per group instead of once
 * per row.
 */
type Grouping = { readonly key: string; readonly label: string };

const named = (column: string): Grouping => ({ key: column, label: column });
const timed = (unit: 'hour' | 'day'): Grouping => {
  const key = `date_trunc('${unit}', started_at at time zone 'UTC')`;
  return { key, label: `to_char(${key}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')` };
};
const GROUPINGS: { readonly [G in LogGrouping]: Grouping } = {
  service: named('service_name'),
  operation: named('operation'),
  status: named('status'),
  hour: timed('hour'),
  day: timed('day'),
};

/** Calls that failed or were refused. Empty and stale answers are answers. */
const ERRORS = `('error', 'timeout', 'rate_limited', 'rejected')`;

export const summaryBy = (groupBy: LogGrouping): string => {
  const { key, label } = GROUPINGS[groupBy];
  return `
  select ${label} as "group", count(*)::float8 as calls,
    count(*) filter (where status in ${ERRORS})::float8 as errors,
    count(*) filter (where cache_status = 'hit')::float8 as "cacheHits",
    percentile_disc(0.5) within group (order by duration_ms) as "p50Ms",
    percentile_disc(0.95) within group (order by duration_ms) as "p95Ms"
  from integration_logs where ${TRAIL_FILTERED} group by ${key} order by ${key}`;
};

/**
 * Calls that paid other services than the one named in their row: also a second provider, for an answer that was too
 * coarse, or a provider that failed while a stale answer of another was served. Such calls are rare.
 */
const IS_SPLIT = `coalesce(
  (jsonb_array_length(attempts) > 1 or attempts #>> '{0,serviceId}' <> coalesce(service_id::text, ''))
  and jsonb_path_exists(attempts, '$[*].cost'), false)`;

/** What each service was paid for such calls, in its own currency. */
const SHARES = `(
  select l.id, l.management_company_id, l.started_at, l.operation, l.status, l.request_id, l.duration_ms,
    a ->> 'serviceName' as service_name, (a ->> 'serviceId')::uuid as service_id,
    (a #>> '{cost,micros}')::numeric / 1000000 as estimated_cost, a #>> '{cost,currency}' as cost_currency
  from integration_logs l, jsonb_array_elements(l.attempts) as a
  where l.management_company_id = $1 and ${IS_SPLIT} and a ? 'cost'
) as shares`;

/** Costs by group. A call counts under each service that it paid, but only once within a group. */
export const costsBy = (groupBy: LogGrouping): string => {
  const { key, label } = GROUPINGS[groupBy];
  const added = (calls: string, from: string): string => `
    select ${label} as label, ${key} as key, ${calls} as calls, sum(estimated_cost) as cost, cost_currency::text as currency
    from ${from} group by ${key}, cost_currency`;
  return `
  select label as "group", sum(calls)::float8 as calls, (sum(cost) * 1000000)::float8 as "costMicros", currency
  from (
    ${added('count(*)', `integration_logs where ${TRAIL_FILTERED} and not ${IS_SPLIT}`)}
    union all
    ${added('count(distinct id)', `${SHARES} where ${TRAIL_FILTERED}`)}
  ) as booked group by key, label, currency order by key, currency`;
};
