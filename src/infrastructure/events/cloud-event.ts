import type { IntegrationEvent } from '../../domain/shared/integration-event.ts';
import type { JsonObject } from '../../domain/shared/json.ts';

/** Raised when `data` of any type changes in a way that a consumer has to know of. */
const SCHEMA_VERSION = '1';

/** CloudEvents 1.0 in structured JSON, exactly as it goes out on the bus: stored so, sent and re-sent so. */
export const toCloudEvent = (event: IntegrationEvent): JsonObject => ({
  specversion: '1.0',
  id: event.id,
  source: '/integration-service',
  type: event.type,
  subject: event.subject,
  time: new Date(event.time).toISOString(),
  datacontenttype: 'application/json',
  managementcompanyid: event.tenantId,
  correlationid: event.correlationId,
  schemaversion: SCHEMA_VERSION,
  data: event.data,
});
