import { createCipheriv, createDecipheriv } from 'node:crypto';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import type { SecretBinding, SecretBox, SecretUnreadable } from '../../domain/shared/secret-box.ts';
import type { EncryptionKey } from './encryption-keys.ts';

type Options = {
  /** At least one key; the first seals, all open. */
  readonly keys: readonly EncryptionKey[];
  /** Cryptographically random bytes (`randomBytes` of node:crypto); a repeated nonce would break the cipher. */
  readonly randomBytes: (size: number) => Uint8Array;
};

type Envelope = {
  readonly keyId: string;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
};

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D: random 96-bit nonces are safe for 2^32 seals with one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SHAPE = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Each part is preceded by its length, so that different bindings never give the same bytes ("ab"+"c", "a"+"bc"). */
const associatedData = (keyId: string, { tenantId, rowId, field }: SecretBinding): Buffer =>
  Buffer.concat(
    [VERSION, keyId, tenantId, rowId, field].flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );

/** Undefined for a spelling that `seal` would not produce: a sealed secret has exactly one form, byte for byte. */
const decodeCanonical = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};

const unreadable = (reason: SecretUnreadable['reason'], keyId?: string): Either<SecretUnreadable, never> =>
  left({ kind: 'secret-unreadable', reason, ...(keyId === undefined ? {} : { keyId }) });

const parseEnvelope = (text: string): Either<SecretUnreadable, Envelope> => {
  const [, keyId, nonceText = '', sealedText = ''] = SHAPE.exec(text) ?? [];
  const nonce = decodeCanonical(nonceText);
  const sealed = decodeCanonical(sealedText);
  if (
    keyId === undefined ||
    nonce?.length !== NONCE_BYTES ||
    sealed === undefined ||
    sealed.length < TAG_BYTES
  ) {
    return unreadable('malformed');
  }
  const end = sealed.length - TAG_BYTES;
  return right({ keyId, nonce, ciphertext: sealed.subarray(0, end), tag: sealed.subarray(end) });
};

const decrypt = (key: EncryptionKey, { nonce, ciphertext, tag }: Envelope, binding: SecretBinding) => {
  const decipher = createDecipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(key.id, binding)).setAuthTag(tag);
  try {
    return right(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8'));
  } catch {
    // The only reason for which `final` throws: the authentication tag does not match.
    return unreadable('tampered', key.id);
  }
};

/**
 * A `SecretBox` with AES-256-GCM. Sealed secrets are `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in
 * base64url.
 */
export const aesGcmSecretBox = ({ keys, randomBytes }: Options): SecretBox => {
  const [sealing] = keys;
  if (sealing === undefined) throw new TypeError('a secret box needs at least one key');
  const byId = new Map(keys.map((key) => [key.id, key]));
  return {
    seal: (plaintext, binding) => {
      if (!plaintext.isWellFormed()) throw new TypeError('only well-formed Unicode text can be sealed');
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealing.secret, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(associatedData(sealing.id, binding));
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [
        VERSION,
        sealing.id,
        Buffer.from(nonce).toString('base64url'),
        sealed.toString('base64url'),
      ].join('.');
    },
    open: (text, binding) => {
      const envelope = parseEnvelope(text);
      if (isLeft(envelope)) return envelope;
      const key = byId.get(envelope.right.keyId);
      return key ? decrypt(key, envelope.right, binding) : unreadable('unknown-key', envelope.right.keyId);
    },
    needsResealing: (text) => {
      const envelope = parseEnvelope(text);
      return isLeft(envelope) || envelope.right.keyId !== sealing.id;
    },
  };
};
