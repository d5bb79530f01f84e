import type { IntegrationEvent } from '../shared/integration-event.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import type { Money } from '../shared/money.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { Attempt } from '../provider/provider-error.ts';

/**
 * How a call ended. `stale`: an expired cache entry, because no provider answered. `no_match`: an answer saying that
 * there is no such place. `timeout`: also when the outcome of a write is unknown. `rate_limited`: by our windows or by
 * the provider. `rejected`: the request was wrong or unsupported, or asked for cached answers only and there was none.
 */
export const callStatuses = [
  'success',
  'cache_hit',
  'stale',
  'no_match',
  'error',
  'timeout',
  'rate_limited',
  'rejected',
] as const;
export type CallStatus = (typeof callStatuses)[number];

/**
 * The audit record of one call: a row of `integration_logs`. Bodies are redacted and truncated before (redaction.ts).
 */
export type CallRecord = {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly actorId: string;
  readonly requestId: string;
  readonly serviceId: string | undefined;
  readonly serviceName: string;
  readonly operation: string;
  /** Path of the provider's endpoint, without the query, which may contain keys. */
  readonly endpoint: string | undefined;
  readonly httpMethod: string | undefined;
  readonly requestHeaders: JsonObject | undefined;
  readonly requestBody: Json | undefined;
  readonly responseStatusCode: number | undefined;
  readonly responseBody: Json | undefined;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly completedAt: number;
  readonly durationMs: number;
  readonly status: CallStatus;
  readonly errorMessage: string | undefined;
  /** Sum over all attempts. */
  readonly retryCount: number;
  readonly estimatedCost: Money;
  /** `none`: the call failed. */
  readonly cacheStatus: 'hit' | 'miss' | 'stale' | 'bypass' | 'none';
  readonly cacheKey: string | undefined;
  readonly attempts: readonly Attempt[];
};

/** A record and its events, committed together. */
export type RecordedCall = { readonly record: CallRecord; readonly events: readonly IntegrationEvent[] };
