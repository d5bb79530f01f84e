import { isJsonObject, jsonIn, type JsonObject } from '../../shared/json.ts';
import type { ObjectReader } from './object-reader.ts';
import type { ResponseRule } from './signature-scheme.ts';

export const LONGEST_BODY = 4_096;
const MEDIA_TYPE =
  /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}(?:; ?charset=[a-z0-9-]{1,20})?$/i;
/** RFC 9110: responses with these status codes have no content. */
const WITHOUT_BODY = new Set([204, 205]);

/**
 * A custom response to accepted deliveries; its status must be a success. Telegram executes a response with a top-level
 * `method` in JSON or a form, so no response may contain one.
 */
export const responseRule = (reader: ObjectReader): ResponseRule | undefined => {
  const fields = reader.object('response');
  if (fields === undefined) return undefined;
  const status = fields.integer('status', 200, 299);
  const contentType = fields.text('content_type', 200);
  if (contentType !== undefined && !MEDIA_TYPE.test(contentType))
    fields.problem('content_type', 'a media type such as text/plain; charset=utf-8');
  const body = fields.lines('body', LONGEST_BODY);
  if (body !== undefined && body !== '' && status !== undefined && WITHOUT_BODY.has(status))
    fields.problem('body', `an answer with status ${status} has none`);
  if (body !== undefined && callsMethod(body))
    fields.problem('body', 'must not have a top-level "method": Telegram would carry it out');
  fields.refuseOthers('not a field of response');
  return { status, contentType, body };
};

/** The rule as shown by the API; `responseRule` parses it. */
export const responseJson = ({ status, contentType, body }: ResponseRule): JsonObject => ({
  ...(status !== undefined && { status }),
  ...(contentType !== undefined && { content_type: contentType }),
  ...(body !== undefined && { body }),
});

const callsMethod = (body: string): boolean => {
  if (/(?:^|&)method=/.test(body)) return true;
  const value = jsonIn(body);
  return isJsonObject(value) && Object.hasOwn(value, 'method');
};
