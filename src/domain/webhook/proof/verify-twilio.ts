import { createHash, timingSafeEqual } from 'node:crypto';
import { isLeft, left, right, type Either } from '../../shared/fp.ts';
import type { Authentic, AuthenticityFailure, VerificationSecret } from './authenticity.ts';
import { canonicalHex, canonicalSignature } from './canonical-bytes.ts';
import { formFields, type FormField } from '../request/form-fields.ts';
import { anyEqual, hmacOf, matchingText } from './matching-secret.ts';
import { FORM, mediaType } from '../request/media-type.ts';
import { proofHeader } from './proof-header.ts';
import type { RawDelivery } from '../request/raw-delivery.ts';
import { twilioUrls } from './twilio-urls.ts';

const HEADER = 'x-twilio-signature';
const BODY_HASH = 'bodySHA256';
/**
 * A form field with this name is refused: with the hash of a body in its name, an earlier delivery signed by URL could
 * be verified once more as a form.
 */
const HASH_BEHIND_URL = /^[?&]bodySHA256=/;
const BASE64 = { encoding: 'base64', hexCase: 'lower' } as const;

/**
 * HMAC-SHA1 over the configured public URL (in any of its spellings), followed by the fields of the form, or by nothing
 * when the URL contains the hash of the body. Any other body is not covered by the signature and is refused.
 */
export const verifyTwilio = (
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  const header = proofHeader(delivery, HEADER);
  if (isLeft(header)) return header;
  if (delivery.url === undefined) return left({ kind: 'public-url-missing' });
  const text = signedText(delivery, delivery.url);
  if (isLeft(text)) return text;
  const signature = canonicalSignature(header.right, BASE64, 20);
  if (signature === undefined) return left({ kind: 'malformed-signature', header: HEADER });
  const rest = text.right.slice(delivery.url.length);
  const texts = textsOver(twilioUrls(delivery.url), rest).map((signed) => [Buffer.from(signed, 'utf8')]);
  const isMatch = (key: Buffer): boolean =>
    texts.map((pieces) => anyEqual([signature], hmacOf('sha1', key, pieces))).includes(true);
  const mismatch = { kind: 'signature-mismatch', header: HEADER } as const;
  const secret = matchingText(secrets, 'hmac', now, isMatch, mismatch);
  if (isLeft(secret)) return secret;
  return right({ method: 'hmac-sha1', level: 'signed', secretVersion: secret.right.version });
};

/**
 * The texts to verify. Leaves out a spelling of the URL if the text would also begin with a longer one: otherwise, with
 * `/` moved from the end of the URL to the name of the first field, a delivery could be verified a second time as a new
 * one.
 */
const textsOver = (urls: readonly string[], rest: string): readonly string[] =>
  urls
    .filter((url) => !urls.some((longer) => longer.length > url.length && (url + rest).startsWith(longer)))
    .map((url) => url + rest);

/** The signed text, which begins with the URL. */
const signedText = (delivery: RawDelivery, url: string): Either<AuthenticityFailure, string> => {
  const hashes = bodyHashes(delivery, url);
  if (hashes.length > 1) return left({ kind: 'body-not-signed' });
  if (hashes[0] !== undefined) return hashedBodyUrl(delivery, url, hashes[0]);
  if (delivery.body.length === 0) return right(url);
  const fields = mediaType(delivery) === FORM ? formFields(delivery.body) : undefined;
  const text = fields && fieldsText(fields);
  return text === undefined || HASH_BEHIND_URL.test(text)
    ? left({ kind: 'body-not-signed' })
    : right(url + text);
};

/**
 * The signed part of a form. In another order or encoding it has the same signature, so whoever saw it could send it
 * again with different bytes. Undefined: the bytes of the body are signed, or nothing of it.
 */
export const signedFields = (delivery: RawDelivery): string | undefined => {
  if (mediaType(delivery) !== FORM || bodyHashes(delivery, delivery.url ?? '').length > 0) return undefined;
  const fields = formFields(delivery.body);
  return fields && fieldsText(fields);
};

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/** Nothing else is taken from the request's query: the rest of the URL is the configured one. */
const bodyHashes = (delivery: RawDelivery, url: string): readonly string[] =>
  (queryOf(url).includes(BODY_HASH) ? queryOf(url) : (delivery.query ?? ''))
    .split('&')
    .filter((pair) => pair === BODY_HASH || pair.startsWith(`${BODY_HASH}=`))
    .map((pair) => pair.slice(BODY_HASH.length + 1));

const hashedBodyUrl = (
  delivery: RawDelivery,
  url: string,
  hash: string,
): Either<AuthenticityFailure, string> => {
  const expected = canonicalHex(hash, 'lower');
  const actual = createHash('sha256').update(delivery.body).digest();
  if (expected?.length !== actual.length || !timingSafeEqual(expected, actual))
    return left({ kind: 'body-hash-mismatch' });
  if (queryOf(url).includes(BODY_HASH)) return right(url);
  return right(`${url}${url.includes('?') ? '&' : '?'}${BODY_HASH}=${hash}`);
};

/**
 * Names sorted by code units; the distinct values of each name, sorted the same way; all without separators, as in
 * Twilio's library.
 */
const fieldsText = (fields: readonly FormField[]): string => {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of fields) {
    const known = values.get(name);
    if (known === undefined) values.set(name, new Set([value]));
    else known.add(value);
  }
  return [...values.keys()]
    .toSorted()
    .flatMap((name) => [...(values.get(name) ?? [])].toSorted().map((value) => name + value))
    .join('');
};
