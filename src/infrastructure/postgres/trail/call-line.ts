import type { CallRecord } from '../../../domain/audit/call-record.ts';
import type { Json } from '../../../domain/shared/json.ts';
import { withoutRefusedEscapes } from '../refused-escapes.ts';

/**
 * Separates lines. Neither this nor U+001F, which separates fields, can occur in JSON text, where control characters
 * are escaped: bodies go in as they are.
 */
export const LINE_END = '\x1e';

/** Characters that a PostgreSQL text, or the format of a line, cannot hold. */
// oxlint-disable-next-line no-control-regex -- these three are what is looked for
const FOREIGN = /[\0\x1e\x1f]/;
const EVERY_FOREIGN = new RegExp(FOREIGN, 'g');
const REPLACEMENT = '\ufffd';

/**
 * One call as a line for `append_calls(calls, events)` (migration 20261122000100), with its fields in the order of the
 * insert. One text for a whole group, which the database splits, costs this process half as much as the array
 * parameters of `pg` (ADR 0010). Characters that PostgreSQL cannot hold become U+FFFD, so that no call is lost because
 * of them.
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
/** Positions of fields in `callLine`. */
const ID = 0;
const STARTED_AT = 13;

/** The key of a line's call in the trail: its id, and its start, since the trail has one partition a day. */
export const keyOfCallLine = (line: string): { readonly id: string; readonly startedAt: number } => {
  const fields = line.split(FIELD_END, STARTED_AT + 1);
  return { id: fields[ID] ?? '', startedAt: Number(fields[STARTED_AT]) };
};

/** Undefined becomes an empty text. */
export const lineText = (value: string | undefined): string => {
  if (value === undefined) return '';
  return FOREIGN.test(value) ? value.replace(EVERY_FOREIGN, REPLACEMENT) : value;
};

export const lineJson = (value: Json | CallRecord['attempts'] | undefined): string =>
  value === undefined ? '' : withoutRefusedEscapes(JSON.stringify(value));
