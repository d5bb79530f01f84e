import type { IntegrationEvent } from '../../domain/shared/integration-event.ts';

const MS_PER_SECOND = 1000;
/** `2026-11-22T12:00:00` of the second last written: events of one moment come together. */
let second = Number.NaN;
let secondText = '';

/**
 * `JSON.stringify(toCloudEvent(event))`, a third cheaper: every call of the hot path has an event. The two are
 * held equal by a property test. Throws on what JSON cannot hold, and on a time that is no date.
 */
export const cloudEventText = (event: IntegrationEvent): string =>
  '{"specversion":"1.0","id":' +
  JSON.stringify(event.id) +
  ',"source":"/integration-service","type":"' +
  event.type +
  '","subject":' +
  JSON.stringify(event.subject) +
  ',"time":"' +
  timeText(event.time) +
  '","datacontenttype":"application/json","managementcompanyid":' +
  JSON.stringify(event.tenantId) +
  ',"correlationid":' +
  JSON.stringify(event.correlationId) +
  ',"schemaversion":"1","data":' +
  JSON.stringify(event.data) +
  '}';

const timeText = (time: number): string => {
  const whole = Math.trunc(time);
  const wholeSeconds = Math.floor(whole / MS_PER_SECOND);
  if (wholeSeconds !== second) {
    secondText = new Date(wholeSeconds * MS_PER_SECOND).toISOString().slice(0, -'.000Z'.length);
    second = wholeSeconds;
  }
  const milliseconds = whole - wholeSeconds * MS_PER_SECOND;
  return `${secondText}.${milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : ''}${milliseconds}Z`;
};
