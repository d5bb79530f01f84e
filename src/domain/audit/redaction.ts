import type { Json } from '../shared/json.ts';

/** Bodies above this many characters of JSON are replaced by their beginning. */
const LARGEST_BODY = 16 * 1024;
const SECRET_NAME = /key|token|secret|passw|authorization|credential|cookie|signature/i;
/** Names that look secret by the rule above and are not. */
const HARMLESS_NAME = /^(cache_key|dedupe_key)$/;
/** Service tokens, JWTs and Google keys, wherever they were pasted. */
const SECRET_TEXT =
  /\bist_[A-Za-z0-9_-]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?|\bAIza[A-Za-z0-9_-]{20,}/g;

export const REDACTED = '[redacted]';

/** Text without anything shaped like a credential. */
export const redactText = (text: string): string =>
  text.includes('ist_') || text.includes('eyJ') || text.includes('AIza')
    ? text.replace(SECRET_TEXT, REDACTED)
    : text;

const redactValue = (value: Json): Json => {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: Json) => redactValue(item));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, Json]) => [
      name,
      SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) ? REDACTED : redactValue(inner),
    ]),
  );
};

/** A body as the trail keeps it: secrets out, at most 16 KiB, cut bodies marked as such. */
export const auditBody = (body: Json): Json => {
  const redacted = redactValue(body);
  const text = JSON.stringify(redacted);
  return text.length <= LARGEST_BODY
    ? redacted
    : { truncated: true, size: text.length, beginning: text.slice(0, LARGEST_BODY - 100) };
};
