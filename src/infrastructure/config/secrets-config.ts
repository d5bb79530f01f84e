import { isProviderKey, KEY_RULE } from '../../domain/external-service/service-fields.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import { parseEncryptionKeys } from '../security/encryption-keys.ts';
import type { EnvironmentReader } from './environment-reader.ts';

export type JwtConfig = {
  /** How administrators' tokens are verified; undefined: with a secret that is generated beside the embedded data. */
  readonly keys: { readonly secret: string } | { readonly jwksUrl: string } | undefined;
  readonly issuer: string;
  readonly audience: string;
};

const STANDARD_NAME = 'integration-service';

/** True when the environment says nothing about tokens, so that those made in another shell are valid here, too. */
export const isStandardJwt = ({ keys, issuer, audience }: JwtConfig): boolean =>
  keys === undefined && issuer === STANDARD_NAME && audience === STANDARD_NAME;

/** RFC 7518 section 3.2: a key for HS256 has at least 256 bits. */
export const SHORTEST_JWT_SECRET = 32;

/** As given; undefined: generated, which is allowed only without a `DATABASE_URL`. */
export const encryptionKeys = (read: EnvironmentReader): string | undefined => {
  const given = read.text('ENCRYPTION_KEYS');
  if (given === undefined) {
    if (read.has('DATABASE_URL'))
      read.problem(
        'ENCRYPTION_KEYS',
        'required with DATABASE_URL: id:base64 of 32 bytes, comma separated, the first one seals',
      );
    return undefined;
  }
  const keys = parseEncryptionKeys(given);
  if (isLeft(keys)) for (const detail of keys.left) read.problem('ENCRYPTION_KEYS', detail);
  return given;
};

export const jwtConfig = (read: EnvironmentReader): JwtConfig => {
  const secret = read.text('JWT_SECRET');
  const jwksUrl = read.url('JWT_JWKS_URL', ['https', 'http']);
  const isJwksGiven = read.has('JWT_JWKS_URL');
  // `fetch` refuses URLs with credentials, so that every token would be refused.
  if (jwksUrl !== undefined && namesUser(jwksUrl)) read.problem('JWT_JWKS_URL', 'no user and no password');
  if (secret !== undefined && isJwksGiven)
    read.problem('JWT_SECRET', 'set JWT_SECRET or JWT_JWKS_URL, not both');
  if (secret !== undefined && secret.length < SHORTEST_JWT_SECRET)
    read.problem('JWT_SECRET', `at least ${SHORTEST_JWT_SECRET} characters (RFC 7518)`);
  if (read.has('DATABASE_URL') && secret === undefined && !isJwksGiven)
    read.problem('JWT_SECRET', 'JWT_SECRET or JWT_JWKS_URL is required with DATABASE_URL');
  const keys = secret !== undefined ? { secret } : jwksUrl !== undefined ? { jwksUrl } : undefined;
  return {
    keys,
    issuer: read.text('JWT_ISSUER') ?? STANDARD_NAME,
    audience: read.text('JWT_AUDIENCE') ?? STANDARD_NAME,
  };
};

const namesUser = (url: string): boolean => {
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
};

/**
 * Checked by the rule for services: a key that breaks it would leave its provider unregistered without anybody being
 * told.
 */
export const providerKey = (read: EnvironmentReader, name: string): string | undefined => {
  const key = read.text(name);
  if (key !== undefined && !isProviderKey(key)) read.problem(name, KEY_RULE);
  return key;
};
