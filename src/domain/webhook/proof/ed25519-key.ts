import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { canonicalBase64, canonicalHex } from './canonical-bytes.ts';

const ED25519_KEY_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
/**
 * Limit per delivery and key; a rotation needs two. A MAC is computed once for all signatures it is compared with, but
 * each Ed25519 verification needs a pass over the body: 32 of them over 1 MiB took a fifth of a second, which a
 * stranger could cause at will.
 */
export const MOST_ED25519_SIGNATURES = 4;
const PUBLIC_KEY_PREFIX = 'whpk_';

/**
 * SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410), since node:crypto does not accept raw keys as
 * DER.
 */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Points of small order, for which anybody can make a valid signature for any message: the y coordinates of the points
 * of order 1, 2, 4 and 8, with their non-canonical encodings. The sign bit is ignored in the comparison.
 */
const WEAK_Y = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]);

const isWeak = (key: Uint8Array): boolean => {
  const y = Buffer.from(key);
  y[31] = (y[31] ?? 0) & 0x7f;
  return WEAK_Y.has(y.toString('hex'));
};

/** Hex (as Discord shows it) or base64, with or without `whpk_`; distinguished by length, 64 or 44. */
const ed25519KeyBytes = (text: string): Buffer | undefined => {
  const bare = text.startsWith(PUBLIC_KEY_PREFIX) ? text.slice(PUBLIC_KEY_PREFIX.length) : text;
  const bytes = bare.length === 64 ? canonicalHex(bare, 'any') : canonicalBase64(bare, 'base64');
  return bytes?.length === ED25519_KEY_BYTES && !isWeak(bytes) ? bytes : undefined;
};

/** The prime of the curve's field, and the d of its equation -x² + y² = 1 + dx²y² (RFC 8032, 5.1). */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * Whether the text is a usable public key. A wrong text of the right length is a point on the curve in only half of the
 * cases, so this catches such mistakes at configuration; node:crypto itself accepts any 32 bytes.
 */
export const isEd25519Key = (text: string): boolean => {
  const bytes = ed25519KeyBytes(text);
  return bytes !== undefined && isPoint(bytes);
};

/** Whether the y coordinate, in canonical encoding, has an x on the curve (RFC 8032, 5.1.3). */
const isPoint = (key: Uint8Array): boolean => {
  const y = BigInt(`0x${Buffer.from(key).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  const square = (y * y) % P;
  // x² is (y² - 1) / (dy² + 1), and a quotient is a square if and only if the product is.
  return y < P && hasRoot(((square - 1n) * (D * square + 1n)) % P);
};

/** Euler's criterion: whether n is a square modulo P. */
const hasRoot = (n: bigint): boolean => {
  let power = 1n;
  let base = (n + P) % P;
  for (let exponent = (P - 1n) / 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) power = (power * base) % P;
    base = (base * base) % P;
  }
  return power === 1n;
};

export const ed25519Key = (text: string): KeyObject | undefined => {
  const bytes = ed25519KeyBytes(text);
  if (bytes === undefined) return undefined;
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
};

export const ed25519Signed = (key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return verify(null, message, key, signature);
  } catch {
    // The 32 bytes are not a point on the curve.
    return false;
  }
};
