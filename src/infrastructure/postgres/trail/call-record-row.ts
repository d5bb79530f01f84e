import type { CallRecord, CallStatus } from '../../../domain/audit/call-record.ts';
import type { Attempt } from '../../../domain/provider/provider-error.ts';
import type { Json, JsonObject } from '../../../domain/shared/json.ts';
import { MICROS_PER_UNIT } from '../../../domain/shared/money.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';

/** A row of `integration_logs` as `pg` returns it: `jsonb` parsed, `timestamptz` as a `Date`, `numeric` as text. */
export type CallRecordRow = {
  readonly id: string;
  readonly management_company_id: string;
  readonly actor_id: string;
  readonly request_id: string;
  readonly service_id: string | null;
  readonly service_name: string;
  readonly operation: string;
  readonly endpoint: string | null;
  readonly http_method: string | null;
  readonly request_headers: JsonObject | null;
  readonly request_body: Json;
  readonly response_status_code: number | null;
  readonly response_body: Json;
  readonly started_at: Date;
  readonly completed_at: Date;
  readonly duration_ms: number;
  readonly status: string;
  readonly error_message: string | null;
  readonly retry_count: number;
  readonly estimated_cost: string;
  readonly cost_currency: string;
  readonly cache_status: string;
  readonly cache_key: string | null;
  readonly attempts: readonly Attempt[] | null;
};

/** Values of closed sets are not checked again, since only `append_calls` writes the table. */
export const callRecordFromRow = (row: CallRecordRow): CallRecord => ({
  id: row.id,
  tenantId: row.management_company_id as TenantId,
  actorId: row.actor_id,
  requestId: row.request_id,
  serviceId: row.service_id ?? undefined,
  serviceName: row.service_name,
  operation: row.operation,
  endpoint: row.endpoint ?? undefined,
  httpMethod: row.http_method ?? undefined,
  requestHeaders: row.request_headers ?? undefined,
  requestBody: row.request_body ?? undefined,
  responseStatusCode: row.response_status_code ?? undefined,
  responseBody: row.response_body ?? undefined,
  startedAt: row.started_at.getTime(),
  completedAt: row.completed_at.getTime(),
  durationMs: row.duration_ms,
  status: row.status as CallStatus,
  errorMessage: row.error_message ?? undefined,
  retryCount: row.retry_count,
  estimatedCost: {
    micros: Math.round(Number(row.estimated_cost) * MICROS_PER_UNIT),
    currency: row.cost_currency,
  },
  cacheStatus: row.cache_status as CallRecord['cacheStatus'],
  cacheKey: row.cache_key ?? undefined,
  attempts: row.attempts ?? [],
});
