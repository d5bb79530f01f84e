import { randomBytes as systemRandomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import { jsonIn } from '../../domain/shared/json.ts';
import { SHORTEST_JWT_SECRET } from '../config/secrets-config.ts';
import { parseEncryptionKeys } from '../security/encryption-keys.ts';
import { createPrivateFile, readPrivateFile } from './private-file.ts';

export type GeneratedSecrets = {
  /** In the format of `ENCRYPTION_KEYS`. */
  readonly encryptionKeys: string;
  /** 64 characters of base64url: 384 random bits. */
  readonly jwtSecret: string;
};

const KEY_BYTES = 32;
const JWT_SECRET_BYTES = 48;

type RandomBytes = (size: number) => Buffer;

const makeSecrets = (randomBytes: RandomBytes): GeneratedSecrets => ({
  encryptionKeys: `generated:${randomBytes(KEY_BYTES).toString('base64')}`,
  jwtSecret: randomBytes(JWT_SECRET_BYTES).toString('base64url'),
});

/** Never quotes the file, whose text is the secret. */
const secretsIn = (value: unknown): Either<string, GeneratedSecrets> => {
  if (typeof value !== 'object' || value === null) return left('it is not a JSON object');
  const { encryptionKeys, jwtSecret } = value as Record<string, unknown>;
  if (typeof encryptionKeys !== 'string') return left('encryptionKeys is missing');
  const keys = parseEncryptionKeys(encryptionKeys);
  if (isLeft(keys)) return left(`encryptionKeys: ${keys.left.join('; ')}`);
  if (typeof jwtSecret !== 'string') return left('jwtSecret is missing');
  if (jwtSecret.length < SHORTEST_JWT_SECRET) return left('jwtSecret is too short');
  return right({ encryptionKeys, jwtSecret });
};

const decode = (path: string, text: string): GeneratedSecrets => {
  const secrets = secretsIn(jsonIn(text));
  if (!isLeft(secrets)) return secrets.right;
  throw new Error(
    `${path} is damaged (${secrets.left}). Restore it from a backup. Deleting it makes new secrets, but then ` +
      'stored provider keys cannot be read any more and issued tokens stop working.',
  );
};

/**
 * The secrets of an installation that was given none: generated on first use in `<dataDir>/secrets.json` (mode 0600,
 * folder 0700) and read from there ever after, the same for all that ask at the same time. Throws, and changes nothing,
 * when the file is damaged or its mode lets other users read it.
 */
export const generatedSecrets = async (
  dataDir: string,
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<GeneratedSecrets> => {
  const path = join(dataDir, 'secrets.json');
  const existing = await readPrivateFile(path);
  if (existing !== undefined) return decode(path, existing);
  await createPrivateFile(path, `${JSON.stringify(makeSecrets(randomBytes), undefined, 2)}\n`);
  // Read back, since another process may have been first.
  const text = await readPrivateFile(path);
  return decode(path, text ?? '');
};
