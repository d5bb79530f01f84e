import type { IntegrationEvent } from '../../domain/shared/integration-event.ts';
import type { JsonObject } from '../../domain/shared/json.ts';

/** Raised when `data` of any type changes in a way that consumers must know about. */
const SCHEMA_VERSION = '1';

/** CloudEvents 1.0 in structured JSON mode, exactly as it is stored, published and replayed. */
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
