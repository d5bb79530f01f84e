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
/** No field is called so: with the hash of a body for its name, that delivery would be proven once more as a form. */
const HASH_BEHIND_URL = /^[?&]bodySHA256=/;
const BASE64 = { encoding: 'base64', hexCase: 'lower' } as const;

/**
 * HMAC-SHA1 over the public URL, as it is configured but for its spelling, and either the fields of the form, or
 * nothing when the URL carries the hash of the body. Any other body is not covered by the signature and is refused.
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
 * Not where another spelling of the URL would be the beginning of the text, too: with `/` moved from its end to the
 * name of the first field a delivery would be proven once more, as one that never came before.
 */
const textsOver = (urls: readonly string[], rest: string): readonly string[] =>
  urls
    .filter((url) => !urls.some((longer) => longer.length > url.length && (url + rest).startsWith(longer)))
    .map((url) => url + rest);

/** Begins with the URL. */
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
 * What of a form is signed: in another order or spelling it has the same signature, so that whoever saw it could send
 * it again with other bytes. Undefined: the bytes of the body are signed, or nothing of it.
 */
export const signedFields = (delivery: RawDelivery): string | undefined => {
  if (mediaType(delivery) !== FORM || bodyHashes(delivery, delivery.url ?? '').length > 0) return undefined;
  const fields = formFields(delivery.body);
  return fields && fieldsText(fields);
};

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/** Of the request's query nothing else is taken: the rest of the URL is the configured one. */
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
 * Names in order of code units, each value of a name once and in that order, without
 * separators: as Twilio's library does.
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
