import type { JsonObject } from './json.ts';
import type { TenantId } from './tenant-context.ts';

export const integrationEventTypes = [
  'integration.service.registered',
  'integration.request.sent',
  'integration.request.completed',
  'integration.request.failed',
  'integration.webhook.received',
  'integration.rate_limit.exceeded',
  'integration.cache.hit',
  'integration.cache.miss',
  'integration.health.degraded',
  'integration.health.recovered',
] as const;
export type IntegrationEventType = (typeof integrationEventTypes)[number];

/** A domain event before it is wrapped as a CloudEvent. `data` holds the fields of the contract in snake_case. */
export type IntegrationEvent = {
  /** The same on every redelivery: consumers deduplicate by it. */
  readonly id: string;
  readonly type: IntegrationEventType;
  readonly tenantId: TenantId;
  /** Events of one subject keep their order on the bus. */
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly correlationId: string;
  readonly data: JsonObject;
};
