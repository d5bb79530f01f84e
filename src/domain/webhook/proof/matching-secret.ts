import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { left, right, type Either } from '../../shared/fp.ts';
import type { AuthenticityFailure, SecretKind, VerificationSecret } from './authenticity.ts';
import type { HmacAlgorithm } from '../scheme/signature-scheme.ts';

const HOUR = 3_600_000;

/** `unusable`: the secret cannot be decoded as the scheme requires. */
export type Trial = 'match' | 'mismatch' | 'unusable';

/**
 * Tries all secrets of these kinds, expired ones included, and does not stop at a match, so that the time taken does
 * not reveal which one matched. If several match, the current secret is preferred to previous ones.
 */
export const matchingSecret = (
  secrets: readonly VerificationSecret[],
  kinds: readonly SecretKind[],
  now: number,
  tryOne: (secret: VerificationSecret) => Trial,
  mismatch: AuthenticityFailure,
): Either<AuthenticityFailure, VerificationSecret> => {
  const trials = secrets
    .filter((secret) => kinds.includes(secret.kind))
    .map((secret) => ({ secret, trial: tryOne(secret), active: isActive(secret, now) }));
  const active = trials.filter((t) => t.active).toSorted((a, b) => rank(b.secret) - rank(a.secret));
  const matched = active.find((t) => t.trial === 'match');
  if (matched !== undefined) return right(matched.secret);
  const ended = trials.find((t) => !t.active && t.trial === 'match');
  if (ended !== undefined) return left(matchedExpired(ended.secret, now));
  if (active.length === 0) return left({ kind: 'secret-missing' });
  return left(active.every((t) => t.trial === 'unusable') ? { kind: 'secret-unusable' } : mismatch);
};

/** The same for schemes whose key is the text itself, as UTF-8. */
export const matchingText = (
  secrets: readonly VerificationSecret[],
  kind: 'hmac' | 'token',
  now: number,
  isMatch: (text: Buffer) => boolean,
  mismatch: AuthenticityFailure,
): Either<AuthenticityFailure, VerificationSecret> =>
  matchingSecret(
    secrets,
    [kind],
    now,
    ({ value }) => {
      if (value === '') return 'unusable';
      return isMatch(Buffer.from(value, 'utf8')) ? 'match' : 'mismatch';
    },
    mismatch,
  );

/** An expired secret proves nothing, whether or not it can be decrypted. */
export const isActive = (
  { validUntil }: { readonly validUntil?: number | undefined },
  now: number,
): boolean => validUntil === undefined || validUntil > now;

const rank = (secret: VerificationSecret): number =>
  (secret.state === 'current' ? 2 ** 32 : 0) + secret.version;

const matchedExpired = (secret: VerificationSecret, now: number): AuthenticityFailure => ({
  kind: 'matched-expired-secret',
  hours: Math.floor((now - (secret.validUntil ?? now)) / HOUR),
  secretVersion: secret.version,
});

export const digestBytes: { readonly [A in HmacAlgorithm]: number } = { sha256: 32, sha512: 64, sha1: 20 };

/** Uses a key object, because passing the key as bytes takes Node longer than the MAC of a small body. */
export const hmacOf = (algorithm: HmacAlgorithm, key: Uint8Array, pieces: readonly Uint8Array[]): Buffer => {
  const mac = createHmac(algorithm, createSecretKey(key));
  for (const piece of pieces) mac.update(piece);
  return mac.digest();
};

/** Compares all candidates, each in constant time. All must be as long as the digest. */
export const anyEqual = (candidates: readonly Uint8Array[], digest: Uint8Array): boolean => {
  let found = false;
  for (const candidate of candidates) if (timingSafeEqual(candidate, digest)) found = true;
  return found;
};

/** Compares texts of any length through their digests, so that timing reveals neither content nor length. */
export const sameSecretBytes = (sent: Uint8Array, secret: Uint8Array): boolean =>
  timingSafeEqual(createHash('sha256').update(sent).digest(), createHash('sha256').update(secret).digest());
