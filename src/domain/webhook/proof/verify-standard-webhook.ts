import { isLeft, left, right, type Either } from '../../shared/fp.ts';
import type { Authentic, AuthenticityFailure, VerificationSecret } from './authenticity.ts';
import { canonicalSignature } from './canonical-bytes.ts';
import { ED25519_SIGNATURE_BYTES, MOST_ED25519_SIGNATURES } from './ed25519-key.ts';
import { anyEqual, hmacOf, matchingSecret, type Trial } from './matching-secret.ts';
import { proofHeader } from './proof-header.ts';
import { headerBytes, oneHeader, type RawDelivery } from '../request/raw-delivery.ts';
import { standardSecretBytes } from './secret-bytes.ts';
import { MOST_ENTRIES } from './signature-entries.ts';
import { signedTime, withinWindow } from './signed-time.ts';
import { tryPublicKey } from './verify-signed.ts';

const WINDOW = { unit: 's', toleranceSeconds: 300 } as const;
const BASE64 = { encoding: 'base64', hexCase: 'lower' } as const;

export type StandardNames = { readonly id: string; readonly timestamp: string; readonly signature: string };

const namesWith = (prefix: 'webhook' | 'svix'): StandardNames => ({
  id: `${prefix}-id`,
  timestamp: `${prefix}-timestamp`,
  signature: `${prefix}-signature`,
});

/**
 * Uses one set of header names, never a mixture: if any `svix-…` header is present, the `webhook-…` ones are ignored.
 */
export const standardNames = (svixNames: boolean, delivery: RawDelivery): StandardNames => {
  const svix = namesWith('svix');
  const sent = Object.values(svix).some((name) => oneHeader(delivery, name).kind !== 'absent');
  return svixNames && sent ? svix : namesWith('webhook');
};

type Standard = {
  readonly at: number;
  readonly pieces: readonly Uint8Array[];
  /** HMAC-SHA256 with the shared secret. */
  readonly v1: readonly Buffer[];
  /** Ed25519 with the public key. */
  readonly v1a: readonly Buffer[];
};

/**
 * Standard Webhooks 1.0.0. `v1` is accepted for shared secrets only and `v1a` for public keys only, since a public key
 * must never serve as an HMAC key.
 */
export const verifyStandardWebhook = (
  svixNames: boolean,
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  const names = standardNames(svixNames, delivery);
  const read = readStandard(names, delivery);
  if (isLeft(read)) return read;
  const kinds = ['hmac', 'public_key'] as const;
  const usable = secrets.some(({ kind }) => (kind === 'hmac' ? read.right.v1 : read.right.v1a).length > 0);
  const mismatch: AuthenticityFailure = {
    kind: usable ? 'signature-mismatch' : 'no-supported-signature',
    header: names.signature,
  };
  const secret = matchingSecret(secrets, kinds, now, trialOf(read.right, svixNames), mismatch);
  if (isLeft(secret)) return secret;
  const inTime = withinWindow(read.right.at, WINDOW, now);
  if (isLeft(inTime)) return inTime;
  return right({
    method: secret.right.kind === 'hmac' ? 'hmac-sha256' : 'ed25519',
    level: 'signed',
    secretVersion: secret.right.version,
    signedTimestamp: read.right.at,
  });
};

const trialOf =
  ({ pieces, v1, v1a }: Standard, ofSvix: boolean) =>
  (secret: VerificationSecret): Trial => {
    if (secret.kind === 'public_key') return tryPublicKey(secret.value, pieces, v1a);
    const key = standardSecretBytes(secret.value, ofSvix ? 'svix' : 'standard_webhooks');
    if (key === undefined) return 'unusable';
    return anyEqual(v1, hmacOf('sha256', key, pieces)) ? 'match' : 'mismatch';
  };

const readStandard = (names: StandardNames, delivery: RawDelivery): Either<AuthenticityFailure, Standard> => {
  const id = proofHeader(delivery, names.id);
  if (isLeft(id)) return id;
  const time = oneHeader(delivery, names.timestamp);
  if (time.kind === 'absent') return left({ kind: 'timestamp-missing', header: names.timestamp });
  if (time.kind === 'repeated') return left({ kind: 'header-repeated', header: names.timestamp });
  const signature = proofHeader(delivery, names.signature);
  if (isLeft(signature)) return signature;
  // In the signed text the id ends at the first full stop: an id containing one could absorb part of the body.
  if (id.right.includes('.')) return left({ kind: 'malformed-id', header: names.id });
  const at = signedTime(time.value, 's');
  if (at === undefined) return left({ kind: 'timestamp-malformed', header: names.timestamp });
  const entries = readEntries(signature.right, names.signature);
  if (isLeft(entries)) return entries;
  const pieces = [headerBytes(`${id.right}.${time.value}.`), delivery.body];
  return right({ at, pieces, ...entries.right });
};

const readEntries = (
  value: string,
  header: string,
): Either<AuthenticityFailure, Pick<Standard, 'v1' | 'v1a'>> => {
  const malformed = left({ kind: 'malformed-signature', header } as const);
  const entries = value.split(' ').map((entry) => entry.split(','));
  // Two headers joined by a proxy look like "v1,…=, v1,…=", with a second comma in an entry.
  if (entries.length > MOST_ENTRIES || entries.some((parts) => parts.length > 2)) return malformed;
  // An entry without a comma has no version and is ignored like unknown versions, as in the standard's own packages.
  if (entries.every((parts) => parts.length === 1)) return malformed;
  const texts = (version: string): readonly string[] =>
    entries.flatMap(([name, text]) => (name === version ? [text ?? ''] : []));
  const read = (version: string, length: number): readonly Buffer[] =>
    texts(version).flatMap((text) => canonicalSignature(text, BASE64, length) ?? []);
  if (texts('v1').length + texts('v1a').length === 0) return left({ kind: 'no-supported-signature', header });
  const v1 = read('v1', 32);
  const v1a = read('v1a', ED25519_SIGNATURE_BYTES);
  if (v1.length + v1a.length === 0 || v1a.length > MOST_ED25519_SIGNATURES) return malformed;
  return right({ v1, v1a });
};
