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

/** One thing that happened, before it is dressed as a CloudEvent. `data` holds the contract's fields in snake_case. */
export type IntegrationEvent = {
  /** Stable over re-sends: the consumer's duplicate key. */
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
