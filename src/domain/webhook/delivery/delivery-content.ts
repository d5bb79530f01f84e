import { decodedValue, formFields, utf8Text, type FormField } from '../request/form-fields.ts';
import { jsonSkeleton } from './json-skeleton.ts';
import { FORM, mediaType } from '../request/media-type.ts';
import type { RawDelivery } from '../request/raw-delivery.ts';
import type { SourceService } from '../scheme/signature-scheme.ts';

/** Larger bodies are published by reference, so they are never parsed into a tree here. */
export const LARGEST_READ_BODY = 256 * 1024;
/**
 * A larger form is not examined, since decoding it takes as much memory again. Those forms of GitHub's that have an
 * action are never nearly as large.
 */
const LARGEST_OUTLINED_FORM = 8 * 1024 * 1024;
/** The JSON parsers of PostgreSQL and most consumers recurse. No known sender nests a tenth as deep. */
const DEEPEST_JSON = 256;

export type FormValue = { readonly [name: string]: string | readonly string[] };

export type DeliveryContent =
  /** `text` is the JSON as sent, except for a byte order mark. Its numbers keep all digits, unlike those in `value`. */
  | { readonly kind: 'json'; readonly value: unknown; readonly text: string; readonly unwrapped: boolean }
  | { readonly kind: 'form'; readonly value: FormValue }
  /**
   * `outline`: the upper levels of a large JSON object, or a form with another media type. Used only to extract facts.
   */
  | { readonly kind: 'opaque'; readonly reason: OpaqueReason; readonly outline?: unknown };

/**
 * `unreadable`: declared as JSON or a form, but not valid. It is flagged and never refused, because it was authentic.
 */
export type OpaqueReason = 'large' | 'unreadable' | 'other-type';

const JSON_TYPE = /^(?:application|text)\/(?:[a-z0-9.+-]{0,100}\+)?json$/;
/**
 * No form begins like this, since brackets are percent-encoded in forms. The media type is not signed, so a replay with
 * a different one must still be recognised.
 */
const JSON_BEGINS = /^\s*[[{]/;
const FORM_BEGINS = /^[\w.~%+*-]{1,64}=/;

/** Senders that may wrap their JSON in the form field `payload`. */
const wrapsPayload = (source: SourceService): boolean => source === 'github' || source === 'slack';

export const deliveryContent = (source: SourceService, delivery: RawDelivery): DeliveryContent => {
  if (delivery.body.length > LARGEST_READ_BODY)
    return {
      kind: 'opaque',
      reason: 'large',
      outline: payloadOutline(source, delivery.body) ?? jsonSkeleton(delivery.body),
    };
  const type = mediaType(delivery);
  const claimed = JSON_TYPE.test(type);
  const text = utf8Text(delivery.body)?.replace(/^\ufeff/, '');
  // Many senders declare text/plain or nothing.
  const tried = text !== undefined && (claimed || JSON_BEGINS.test(text));
  const json = tried ? jsonContent(text, false) : undefined;
  if (json !== undefined) return json;
  if (type === FORM) return formContent(source, delivery.body);
  const outline = FORM_BEGINS.test(text ?? '') ? contentValue(formContent(source, delivery.body)) : undefined;
  return {
    kind: 'opaque',
    reason: claimed ? 'unreadable' : 'other-type',
    ...(outline !== undefined && { outline }),
  };
};

const PAYLOAD = Buffer.from('payload=');

/** The outline of the JSON in a large form that has no field but `payload`. */
const payloadOutline = (source: SourceService, body: Uint8Array): unknown => {
  if (!wrapsPayload(source) || body.length > LARGEST_OUTLINED_FORM) return undefined;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (!bytes.subarray(0, PAYLOAD.length).equals(PAYLOAD) || bytes.includes('&')) return undefined;
  const json = decodedValue(bytes.subarray(PAYLOAD.length));
  return json && jsonSkeleton(json);
};

const formContent = (source: SourceService, body: Uint8Array): DeliveryContent => {
  const fields = formFields(body);
  if (fields === undefined) return { kind: 'opaque', reason: 'unreadable' };
  const payloads = fields.filter(([name]) => name === 'payload');
  const payload = wrapsPayload(source) && payloads.length === 1 ? payloads[0]?.[1] : undefined;
  const unwrapped = payload === undefined ? undefined : jsonContent(payload, true);
  return unwrapped ?? { kind: 'form', value: formValue(fields) };
};

/** A name that occurs more than once gets the list of its values. */
export const formValue = (fields: readonly FormField[]): FormValue => {
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(
    [...values].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]),
  );
};

const jsonContent = (text: string, unwrapped: boolean): DeliveryContent | undefined => {
  if (isDeeperThan(text, DEEPEST_JSON)) return undefined;
  try {
    return { kind: 'json', value: JSON.parse(text), text, unwrapped };
  } catch {
    return undefined;
  }
};

/**
 * Brackets are counted before nesting is followed: nearly all bodies have fewer than the limit, and `indexOf` costs a
 * twentieth of a loop over all characters.
 */
const isDeeperThan = (text: string, limit: number): boolean =>
  countOf(text, '{') + countOf(text, '[') > limit && nestsDeeper(text, limit);

const countOf = (text: string, char: string): number => {
  let count = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) count += 1;
  return count;
};

const nestsDeeper = (text: string, limit: number): boolean => {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (inText && char === '\\') i += 1;
    else if (char === '"') inText = !inText;
    else if (!inText && (char === '{' || char === '[')) depth += 1;
    else if (!inText && (char === '}' || char === ']')) depth -= 1;
    if (depth > limit) return true;
  }
  return false;
};

/** The members of the body, whatever its form; undefined when nothing could be parsed. */
export const contentValue = (content: DeliveryContent): unknown =>
  content.kind === 'opaque' ? content.outline : content.value;
