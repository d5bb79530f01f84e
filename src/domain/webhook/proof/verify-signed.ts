import { isLeft, left, right, type Either } from '../../shared/fp.ts';
import type { Authentic, AuthenticityFailure, VerificationSecret } from './authenticity.ts';
import {
  ED25519_SIGNATURE_BYTES,
  ed25519Key,
  ed25519Signed,
  MOST_ED25519_SIGNATURES,
} from './ed25519-key.ts';
import { anyEqual, digestBytes, hmacOf, matchingSecret, type Trial } from './matching-secret.ts';
import { proofHeader } from './proof-header.ts';
import { oneHeader, type RawDelivery } from '../request/raw-delivery.ts';
import { secretBytes } from './secret-bytes.ts';
import { signatureEntries } from './signature-entries.ts';
import type { Ed25519Scheme, HmacScheme } from '../scheme/signature-scheme.ts';
import { movesBoundary, signedPieces, templateParts, type TemplatePart } from '../scheme/signed-text.ts';
import { signedTime, withinWindow } from './signed-time.ts';

type SignedScheme = HmacScheme | Ed25519Scheme;
type Signed = {
  readonly pieces: readonly Uint8Array[];
  readonly signedAt: number | undefined;
};

/**
 * HMAC and Ed25519 schemes described as data. The signature is checked before the time, so "too old" in the log means a
 * genuine delivery.
 */
export const verifySigned = (
  scheme: SignedScheme,
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  const header = proofHeader(delivery, scheme.signatureHeader);
  if (isLeft(header)) return header;
  const signed = signedParts(scheme, delivery);
  if (isLeft(signed)) return signed;
  const length = scheme.kind === 'hmac' ? digestBytes[scheme.algorithm] : ED25519_SIGNATURE_BYTES;
  const entries = signatureEntries(header.right, scheme, length);
  if (isLeft(entries)) return entries;
  if (scheme.kind === 'ed25519' && entries.right.length > MOST_ED25519_SIGNATURES)
    return left({ kind: 'malformed-signature', header: scheme.signatureHeader });
  const kinds = [scheme.kind === 'hmac' ? ('hmac' as const) : ('public_key' as const)];
  const tryOne = trialOf(scheme, signed.right.pieces, entries.right);
  const mismatch = { kind: 'signature-mismatch', header: scheme.signatureHeader } as const;
  const secret = matchingSecret(secrets, kinds, now, tryOne, mismatch);
  if (isLeft(secret)) return secret;
  return authenticAt(scheme, signed.right.signedAt, secret.right, now);
};

const authenticAt = (
  scheme: SignedScheme,
  signedAt: number | undefined,
  secret: VerificationSecret,
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  const authentic: Authentic = {
    method: scheme.kind === 'hmac' ? `hmac-${scheme.algorithm}` : 'ed25519',
    level: 'signed',
    secretVersion: secret.version,
  };
  if (scheme.timestamp === undefined || signedAt === undefined) return right(authentic);
  const inTime = withinWindow(signedAt, scheme.timestamp, now);
  return isLeft(inTime) ? inTime : right({ ...authentic, signedTimestamp: signedAt });
};

const trialOf =
  (scheme: SignedScheme, pieces: readonly Uint8Array[], entries: readonly Buffer[]) =>
  (secret: VerificationSecret): Trial => {
    if (scheme.kind === 'hmac') {
      const key = secretBytes(secret.value, scheme);
      if (key === undefined) return 'unusable';
      return anyEqual(entries, hmacOf(scheme.algorithm, key, pieces)) ? 'match' : 'mismatch';
    }
    return tryPublicKey(secret.value, pieces, entries);
  };

export const tryPublicKey = (
  publicKey: string,
  pieces: readonly Uint8Array[],
  entries: readonly Buffer[],
): Trial => {
  const key = ed25519Key(publicKey);
  if (key === undefined) return 'unusable';
  const message = Buffer.concat(pieces);
  return entries.map((entry) => ed25519Signed(key, message, entry)).includes(true) ? 'match' : 'mismatch';
};

const signedParts = (scheme: SignedScheme, delivery: RawDelivery): Either<AuthenticityFailure, Signed> => {
  const parts = templateParts(scheme.template);
  if (isLeft(parts)) return left({ kind: 'scheme-unusable' });
  const time = timeText(scheme, delivery);
  if (isLeft(time)) return time;
  const id = idText(scheme, parts.right, delivery);
  if (isLeft(id)) return id;
  if (uses(parts.right, 'url') && delivery.url === undefined) return left({ kind: 'public-url-missing' });
  const pieces = signedPieces(parts.right, delivery, { timestamp: time.right?.text, id: id.right });
  return right({ pieces, signedAt: time.right?.at });
};

const uses = (parts: readonly TemplatePart[], name: string): boolean =>
  parts.some((part) => part.kind === 'variable' && part.name === name);

const timeText = (
  { timestamp }: SignedScheme,
  delivery: RawDelivery,
): Either<AuthenticityFailure, { readonly text: string; readonly at: number } | undefined> => {
  if (timestamp === undefined) return right(undefined);
  const reading = oneHeader(delivery, timestamp.header);
  if (reading.kind === 'absent') return left({ kind: 'timestamp-missing', header: timestamp.header });
  if (reading.kind === 'repeated') return left({ kind: 'header-repeated', header: timestamp.header });
  const at = signedTime(reading.value, timestamp.unit);
  return at === undefined
    ? left({ kind: 'timestamp-malformed', header: timestamp.header })
    : right({ text: reading.value, at });
};

const idText = (
  { idHeader }: SignedScheme,
  parts: readonly TemplatePart[],
  delivery: RawDelivery,
): Either<AuthenticityFailure, string | undefined> => {
  if (!uses(parts, 'id')) return right(undefined);
  if (idHeader === undefined) return left({ kind: 'scheme-unusable' });
  const id = proofHeader(delivery, idHeader);
  if (isLeft(id)) return id;
  return movesBoundary(parts, 'id', id.right) ? left({ kind: 'malformed-id', header: idHeader }) : id;
};
