import type { CallRecord } from '../../../domain/audit/call-record.ts';
import type { Json } from '../../../domain/shared/json.ts';
import { withoutRefusedEscapes } from '../refused-escapes.ts';

/** Neither this nor U+001F can stand in JSON text, which escapes control characters: bodies go in as they are. */
export const LINE_END = '\x1e';

/** What a PostgreSQL text and the line's own grammar cannot hold. */
// oxlint-disable-next-line no-control-regex -- these three are what is looked for
const FOREIGN = /[\0\x1e\x1f]/;
const EVERY_FOREIGN = new RegExp(FOREIGN, 'g');
const REPLACEMENT = '\ufffd';

/**
 * One call as a line of `append_calls(calls, events)` (migration 20261122000100), fields in the order of its
 * insert. One text for a group, which the database splits, costs this process half of the array parameters
 * of `pg` (ADR 0010). What PostgreSQL cannot hold becomes U+FFFD, so that no such call is lost.
 */
export const callLine = (call: CallRecord): string =>
  `${call.id}\x1f${call.tenantId}\x1f${lineText(call.actorId)}\x1f${lineText(call.requestId)}\x1f` +
  `${call.serviceId ?? ''}\x1f${lineText(call.serviceName)}\x1f${lineText(call.operation)}\x1f` +
  `${lineText(call.endpoint)}\x1f${lineText(call.httpMethod)}\x1f${lineJson(call.requestHeaders)}\x1f` +
  `${lineJson(call.requestBody)}\x1f${call.responseStatusCode ?? ''}\x1f${lineJson(call.responseBody)}\x1f` +
  `${call.startedAt}\x1f${call.completedAt}\x1f${Math.round(call.durationMs)}\x1f${call.status}\x1f` +
  `${lineText(call.errorMessage)}\x1f${call.retryCount || ''}\x1f${call.estimatedCost.micros || ''}\x1f` +
  `${call.estimatedCost.currency}\x1f${call.cacheStatus}\x1f${lineText(call.cacheKey)}\x1f` +
  `${call.attempts.length === 0 ? '' : lineJson(call.attempts)}`;

const FIELD_END = '\x1f';
/** Places of fields in `callLine`. */
const ID = 0;
const STARTED_AT = 13;

/** By what the call of a line is found in the trail: its id, and when it began, for the trail has a partition a day. */
export const keyOfCallLine = (line: string): { readonly id: string; readonly startedAt: number } => {
  const fields = line.split(FIELD_END, STARTED_AT + 1);
  return { id: fields[ID] ?? '', startedAt: Number(fields[STARTED_AT]) };
};

/** Nothing for undefined. */
export const lineText = (value: string | undefined): string => {
  if (value === undefined) return '';
  return FOREIGN.test(value) ? value.replace(EVERY_FOREIGN, REPLACEMENT) : value;
};

export const lineJson = (value: Json | CallRecord['attempts'] | undefined): string =>
  value === undefined ? '' : withoutRefusedEscapes(JSON.stringify(value));
