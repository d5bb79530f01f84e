import { decodedValue, formFields, utf8Text, type FormField } from '../request/form-fields.ts';
import { jsonSkeleton } from './json-skeleton.ts';
import { FORM, mediaType } from '../request/media-type.ts';
import type { RawDelivery } from '../request/raw-delivery.ts';
import type { SourceService } from '../scheme/signature-scheme.ts';

/** Larger bodies are published by reference, so they are never made into a tree here. */
export const LARGEST_READ_BODY = 256 * 1024;
/**
 * A larger form is not looked into, since decoding it takes its size once more. No form of GitHub's that has an action
 * is nearly as large.
 */
const LARGEST_OUTLINED_FORM = 8 * 1024 * 1024;
/** PostgreSQL's and most consumers' JSON readers recurse; no known sender nests a tenth as deep. */
const DEEPEST_JSON = 256;

export type FormValue = { readonly [name: string]: string | readonly string[] };

export type DeliveryContent =
  /** `text` is the JSON as it was sent (a byte order mark apart): numbers keep their digits there, not in `value`. */
  | { readonly kind: 'json'; readonly value: unknown; readonly text: string; readonly unwrapped: boolean }
  | { readonly kind: 'form'; readonly value: FormValue }
  /** `outline`: the upper levels of a large JSON object, or a form under another type. For the facts alone. */
  | { readonly kind: 'opaque'; readonly reason: OpaqueReason; readonly outline?: unknown };

/** `unreadable`: it claims to be JSON or a form and is not. A flag, never a reason to refuse: it was authentic. */
export type OpaqueReason = 'large' | 'unreadable' | 'other-type';

const JSON_TYPE = /^(?:application|text)\/(?:[a-z0-9.+-]{0,100}\+)?json$/;
/**
 * No form begins so, since its writer encodes brackets. The media type is not signed, so a replay under another type
 * must be recognised.
 */
const JSON_BEGINS = /^\s*[[{]/;
const FORM_BEGINS = /^[\w.~%+*-]{1,64}=/;

/** Senders that put their JSON into the field `payload` of a form. */
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
  // Many senders say text/plain or nothing at all.
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

/** Of a large form that is nothing but the JSON its sender wraps. */
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

/** A name that stands there twice has no text of its own. */
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

/** Brackets are counted before they are followed: nearly all bodies have fewer, and jumps cost a twentieth of steps. */
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

/** The body's members wherever they came from; undefined when nothing could be read. */
export const contentValue = (content: DeliveryContent): unknown =>
  content.kind === 'opaque' ? content.outline : content.value;
