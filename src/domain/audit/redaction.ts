import type { Json } from '../shared/json.ts';
import { remembering } from '../shared/remembering.ts';

/** Maximum size of a body as JSON in UTF-8 bytes; of a larger one only the beginning is kept. */
const LARGEST_BODY = 16 * 1024;
/** Bytes reserved for the JSON around a truncated body. */
const ROOM_FOR_MARKS = 100;
/**
 * Texts longer than this are truncated before redaction, because the regular expressions below need stack space for
 * what they match. No body that is kept whole is this long.
 */
const LONGEST_TEXT = 32 * 1024;
const CUT = '[cut]';
/** Deeper than any body of a provider. Deeper levels are omitted, so that no input can exhaust the stack. */
const DEEPEST = 32;

const SECRET_NAME =
  /key|token|secret|passw|pwd|authorization|bearer|credential|cookie|signature|(?:^|[_-])(?:auth|jwt|sig)(?:$|[_-])/i;
/** Names that match the rule above but are no secrets. */
const HARMLESS_NAME = /^(cache_key|dedupe_key)$/;

/**
 * Service tokens, JWTs, Google's keys and access tokens, private keys, and whatever follows `Bearer` or `Basic`,
 * wherever they occur. Every part is bounded or consumes what it has read, so matching takes linear time (no ReDoS).
 */
const SECRET_TEXT =
  /\bist_[\w-]{8,}|ist_[\w-]{16,}|eyJ[\w-]{8,}(?:\.[\w-]*){0,4}|AIza[\w-]{12,}|ya29\.[\w.-]{8,}|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*|\b[Bb][Ee][Aa][Rr][Ee][Rr] +[\w.~+/=-]{8,}|\b[Bb][Aa][Ss][Ii][Cc] +[\w+/]{16,}=*/g;
/** The value of a URL parameter with a secret-like name. */
const SECRET_PARAMETER =
  /([?&;][\w.-]{0,40}(?:key|token|secret|signature|sig|passw|password|pwd)=)[^&;\s"'<>#]+/gi;
/**
 * The same outside a URL, as at the beginning of a form body. Here the name must be that of a secret as a whole word.
 */
const SECRET_ASSIGNMENT =
  /((?<![\w.-])(?:[\w.-]{0,40}[_.-])?(?:(?:access|api|auth|client|id|private|refresh)?(?:key|token|secret)|signature|sig|passw|passwd|password|pwd|assertion)=)[^&;\s"'<>#]+/gi;
/** String values of secret-like names in JSON that is embedded in a text, and in JSON embedded in that. */
const SECRET_MEMBER =
  /("[\w.-]{0,40}(?:key|token|secret|passw|pwd|authorization|credential|cookie|signature)[\w-]{0,20}" ?: ?")(?:[^"\\]|\\.)+/gis;
const ESCAPED_MEMBER =
  /(\\"[\w.-]{0,40}(?:key|token|secret|passw|pwd|authorization|credential|cookie|signature)[\w-]{0,20}\\" ?: ?\\")(?:[^"\\]|\\\\.)+/gis;
/**
 * Credentials in a URL: `user:password@`; `:password@` as for Redis, where a password may contain characters that are
 * invalid in URLs; or a key in place of the user.
 */
const USER_INFO =
  /(:\/\/)(?:[^/?#\s:@"'<>]{0,256}:[^/\s@"]{1,256}@(?:[^/\s@"]{0,256}@)*|(?:[^/?#\s@"'<>]{0,256}@)+)/g;
/**
 * A quick pre-check: every text that one of the rules above matches contains one of these, and most texts contain none.
 */
const TRACE = /ist_|eyJ|AIza|ya29|-----|[Rr][Ee][Rr] |[Ss][Ii][Cc] |=|:\/\/|" ?:/;

const REDACTED = '[redacted]';
const TOO_DEEP = '[too deep]';

/** The text with everything that looks like a credential replaced, at most 32 Ki characters of it. */
export const redactText = (text: string): string => {
  const kept = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) + CUT : text;
  if (!TRACE.test(kept)) return kept;
  return kept
    .replace(SECRET_TEXT, REDACTED)
    .replace(SECRET_PARAMETER, `$1${REDACTED}`)
    .replace(SECRET_ASSIGNMENT, `$1${REDACTED}`)
    .replace(SECRET_MEMBER, `$1${REDACTED}`)
    .replace(ESCAPED_MEMBER, `$1${REDACTED}`)
    .replace(USER_INFO, `$1${REDACTED}@`);
};

const redactValue = (value: Json, depth: number): Json => {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth === DEEPEST) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((item: Json) => redactValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, Json]) => {
      const { kept, isSecret } = judgedName(name);
      return [kept, isSecret ? REDACTED : redactValue(inner, depth + 1)];
    }),
  );
};

/** Whether a value with this name is treated as a secret. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);

/** Memoised, because bodies contain the same few names again and again. */
const judgedName = remembering((name) => ({ kept: redactText(name), isSecret: isSecretName(name) }), 1_000);

const bytes = (json: string): number => Buffer.byteLength(json);

/** The longest prefix that fits as a JSON string, where each quote takes two characters. */
const beginningOf = (text: string, room: number): string => {
  let beginning = text.slice(0, room);
  while (bytes(JSON.stringify(beginning)) > room)
    beginning = beginning.slice(0, Math.floor(beginning.length * 0.95)).toWellFormed();
  return beginning;
};

/** A body for the trail: redacted, at most 16 KiB of JSON, marked as such when truncated. */
export const auditBody = (body: Json): Json => {
  const redacted = redactValue(body, 0);
  const text = JSON.stringify(redacted);
  return bytes(text) <= LARGEST_BODY
    ? redacted
    : { truncated: true, beginning: beginningOf(text, LARGEST_BODY - ROOM_FOR_MARKS) };
};
