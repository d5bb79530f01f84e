import type { Options } from 'amqplib';
import type { CloudEvent } from '../../application/event-bus.ts';
import { eventText } from '../events/event-text.ts';

const MS_PER_SECOND = 1000;

export const eventContent = (event: CloudEvent): Buffer => Buffer.from(eventText(event));

/** Properties by which subscribers can filter, and recognise duplicates, without parsing the body. */
export const eventOptions = (event: CloudEvent): Options.Publish => ({
  persistent: true,
  mandatory: true,
  contentType: 'application/cloudevents+json',
  contentEncoding: 'utf-8',
  messageId: event.id,
  correlationId: event.correlationid,
  type: event.type,
  timestamp: Math.floor(Date.parse(event.time) / MS_PER_SECOND),
  appId: 'integration-service',
  headers: {
    management_company_id: event.managementcompanyid,
    subject: event.subject,
    schema_version: event.schemaversion,
  },
});
