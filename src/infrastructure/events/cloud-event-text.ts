import type { IntegrationEvent } from '../../domain/shared/integration-event.ts';
import { isoTime } from '../system/iso-time.ts';

/**
 * `JSON.stringify(toCloudEvent(event))` at two thirds of the cost, since every call of the hot path has an event. A
 * property test holds the two equal. Throws for values that JSON cannot represent, and for a time that is no date.
 */
export const cloudEventText = (event: IntegrationEvent): string =>
  '{"specversion":"1.0","id":' +
  JSON.stringify(event.id) +
  ',"source":"/integration-service","type":"' +
  event.type +
  '","subject":' +
  JSON.stringify(event.subject) +
  ',"time":"' +
  isoTime(event.time) +
  '","datacontenttype":"application/json","managementcompanyid":' +
  JSON.stringify(event.tenantId) +
  ',"correlationid":' +
  JSON.stringify(event.correlationId) +
  ',"schemaversion":"1","data":' +
  JSON.stringify(event.data) +
  '}';
