import type { Json } from '../shared/json.ts';
import { remembering } from '../shared/remembering.ts';

/** Bytes of JSON in UTF-8 that a body may take; of a larger one its beginning is kept. */
const LARGEST_BODY = 16 * 1024;
/** For the marks around a beginning. */
const ROOM_FOR_MARKS = 100;
/**
 * Longer than any body that is kept whole. Longer texts are cut first: the regular expressions below need stack for
 * what they match.
 */
const LONGEST_TEXT = 32 * 1024;
const CUT = '[cut]';
/** Deeper than any body of a provider; what lies below is left out, so that no input exhausts the stack. */
const DEEPEST = 32;

const SECRET_NAME =
  /key|token|secret|passw|pwd|authorization|bearer|credential|cookie|signature|(?:^|[_-])(?:auth|jwt|sig)(?:$|[_-])/i;
/** Names that look secret by the rule above and are not. */
const HARMLESS_NAME = /^(cache_key|dedupe_key)$/;

/**
 * Service tokens, JWTs, Google's keys and access tokens, private keys, and what follows `Bearer`, wherever
 * they were pasted. Every part is either bounded or consumes what it has read: the time is linear.
 */
const SECRET_TEXT =
  /\bist_[\w-]{8,}|ist_[\w-]{16,}|eyJ[\w-]{8,}(?:\.[\w-]*){0,4}|AIza[\w-]{12,}|ya29\.[\w.-]{8,}|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*|\b[Bb][Ee][Aa][Rr][Ee][Rr] +[\w.~+/=-]{8,}|\b[Bb][Aa][Ss][Ii][Cc] +[\w+/]{16,}=*/g;
/** The value of a URL's parameter with a name like a secret's. */
const SECRET_PARAMETER =
  /([?&;][\w.-]{0,40}(?:key|token|secret|signature|sig|passw|password|pwd)=)[^&;\s"'<>#]+/gi;
/** The same where no URL is around it, as at the beginning of a form: only what is a secret's name as a whole word. */
const SECRET_ASSIGNMENT =
  /((?<![\w.-])(?:[\w.-]{0,40}[_.-])?(?:(?:access|api|auth|client|id|private|refresh)?(?:key|token|secret)|signature|sig|passw|passwd|password|pwd|assertion)=)[^&;\s"'<>#]+/gi;
/** The text behind a name like a secret's in JSON that stands inside a text, and in JSON inside of that. */
const SECRET_MEMBER =
  /("[\w.-]{0,40}(?:key|token|secret|passw|pwd|authorization|credential|cookie|signature)[\w-]{0,20}" ?: ?")(?:[^"\\]|\\.)+/gis;
const ESCAPED_MEMBER =
  /(\\"[\w.-]{0,40}(?:key|token|secret|passw|pwd|authorization|credential|cookie|signature)[\w-]{0,20}\\" ?: ?\\")(?:[^"\\]|\\\\.)+/gis;
/**
 * Whoever calls, in a URL: `user:password@`, `:password@` as for Redis, where a password may hold what no URL may, or a
 * key in the place of a user.
 */
const USER_INFO =
  /(:\/\/)(?:[^/?#\s:@"'<>]{0,256}:[^/\s@"]{1,256}@(?:[^/\s@"]{0,256}@)*|(?:[^/?#\s@"'<>]{0,256}@)+)/g;
/** Found in every text that one of the rules finds something in: most texts need no more than this look. */
const TRACE = /ist_|eyJ|AIza|ya29|-----|[Rr][Ee][Rr] |[Ss][Ii][Cc] |=|:\/\/|" ?:/;

const REDACTED = '[redacted]';
const TOO_DEEP = '[too deep]';

/** Text without anything shaped like a credential, at most 32 Ki characters of it. */
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

/** Whether what is called so is taken for a secret. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);

/** Bodies have the same few names again and again. */
const judgedName = remembering((name) => ({ kept: redactText(name), isSecret: isSecretName(name) }), 1_000);

const bytes = (json: string): number => Buffer.byteLength(json);

/** As much of the text as fits as a JSON string, in which each quote takes two characters. */
const beginningOf = (text: string, room: number): string => {
  let beginning = text.slice(0, room);
  while (bytes(JSON.stringify(beginning)) > room)
    beginning = beginning.slice(0, Math.floor(beginning.length * 0.95)).toWellFormed();
  return beginning;
};

/** A body as the trail keeps it: secrets out, at most 16 KiB of JSON, cut bodies marked as such. */
export const auditBody = (body: Json): Json => {
  const redacted = redactValue(body, 0);
  const text = JSON.stringify(redacted);
  return bytes(text) <= LARGEST_BODY
    ? redacted
    : { truncated: true, beginning: beginningOf(text, LARGEST_BODY - ROOM_FOR_MARKS) };
};
