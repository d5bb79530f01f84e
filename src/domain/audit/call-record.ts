import type { IntegrationEvent } from '../shared/integration-event.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import type { Money } from '../shared/money.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { Attempt } from '../provider/provider-error.ts';

/**
 * How a call ended. `stale`: an old answer, since no provider gave one. `no_match`: an answer, nobody knows such a
 * place. `timeout` also where nobody knows whether the provider did it. `rate_limited`: by our windows or the
 * provider's. `rejected`: the request itself was wrong or not supported, or wanted nothing but what is cached.
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
 * One call through the gateway as the trail keeps it: a row of `integration_logs`. Bodies arrive here
 * already redacted and capped (redaction.ts).
 */
export type CallRecord = {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly actorId: string;
  readonly requestId: string;
  readonly serviceId: string | undefined;
  readonly serviceName: string;
  readonly operation: string;
  /** Path of the provider's endpoint, without query: queries carry keys. */
  readonly endpoint: string | undefined;
  readonly httpMethod: string | undefined;
  readonly requestHeaders: JsonObject | undefined;
  readonly requestBody: Json | undefined;
  readonly responseStatusCode: number | undefined;
  readonly responseBody: Json | undefined;
  /** Epoch milliseconds, both. */
  readonly startedAt: number;
  readonly completedAt: number;
  readonly durationMs: number;
  readonly status: CallStatus;
  readonly errorMessage: string | undefined;
  /** Over all attempts. */
  readonly retryCount: number;
  readonly estimatedCost: Money;
  /** `none`: it failed. */
  readonly cacheStatus: 'hit' | 'miss' | 'stale' | 'bypass' | 'none';
  readonly cacheKey: string | undefined;
  readonly attempts: readonly Attempt[];
};

/** What goes to the trail in one commit. */
export type RecordedCall = { readonly record: CallRecord; readonly events: readonly IntegrationEvent[] };
