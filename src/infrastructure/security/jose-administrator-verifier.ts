import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { LRUCache } from 'lru-cache';
import {
  credentialRefused,
  type AdministratorVerifier,
  type CredentialRefused,
} from '../../domain/access/credential.ts';
import { isRight, right } from '../../domain/shared/fp.ts';
import { tenantId, type Actor, type TenantId } from '../../domain/shared/tenant-context.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { remoteKeys, type KeysNews, type RemoteKeys } from './remote-keys.ts';

export type JwtSettings = {
  /**
   * HS256 with a shared secret, or RS256/ES256 with keys from a JWKS URL. Never both: that would allow key confusion.
   */
  readonly keys: { readonly secret: string } | { readonly jwksUrl: string };
  readonly issuer: string;
  readonly audience: string;
};

/** With the keys that it verifies with, if they come from an identity provider. */
export type JoseAdministratorVerifier = AdministratorVerifier & {
  readonly remoteKeys: RemoteKeys | undefined;
};

/** Tolerated difference between clocks of machines. */
const TOLERANCE_SECONDS = 5;
const MOST_REMEMBERED = 1_000;
/** After this the signature is verified again, since a key may have been removed from the JWKS. */
const LONGEST_REMEMBERED_MS = 5 * 60_000;

type Verified = { readonly actor: Actor; readonly goodUntil: number };

/** Verifies administrators' JWTs with jose. A verified token is cached for minutes, at most until it expires. */
export const joseAdministratorVerifier = (
  settings: JwtSettings,
  clock: Clock,
  news?: KeysNews,
): JoseAdministratorVerifier => {
  const remembered = new LRUCache<string, Verified>({ max: MOST_REMEMBERED });
  const { remote, payloadOf } = checkOf(settings, clock, news);
  return {
    remoteKeys: remote,
    verify: async (jwt) => {
      const before = remembered.get(jwt);
      if (before !== undefined && clock.now() < before.goodUntil) return right(before.actor);
      try {
        const payload = await payloadOf(jwt);
        remote?.served();
        const { exp = Number.NaN } = payload;
        const actor = actorFrom(payload);
        // jose takes any number for a date; JSON can write one that is read as infinite and would never expire.
        if (actor === undefined || !Number.isFinite(exp)) return credentialRefused('malformed');
        const expiresAt = (exp + TOLERANCE_SECONDS) * 1000;
        remembered.set(jwt, { actor, goodUntil: Math.min(expiresAt, clock.now() + LONGEST_REMEMBERED_MS) });
        return right(actor);
      } catch (error) {
        const reason = reasonOf(error);
        if (reason === 'keys-unavailable') remote?.missed(error);
        return credentialRefused(reason);
      }
    },
  };
};

const checkOf = (
  settings: JwtSettings,
  clock: Clock,
  news?: KeysNews,
): { readonly remote: RemoteKeys | undefined; readonly payloadOf: Check } => {
  const { keys } = settings;
  const optionsFor = checkedFor(settings, clock);
  if ('secret' in keys) return { remote: undefined, payloadOf: bySecret(keys.secret, optionsFor(['HS256'])) };
  const remote = remoteKeys(keys.jwksUrl, clock, news);
  return { remote, payloadOf: byRemoteKeys(remote.keyFor, optionsFor(['RS256', 'ES256'])) };
};

/** Rejects if anything is wrong with the token. */
type Check = (jwt: string) => Promise<JWTPayload>;

/** The list of algorithms is ours, so `alg: none` and an HMAC made with a public key are refused. */
const checkedFor =
  ({ issuer, audience }: JwtSettings, clock: Clock) =>
  (algorithms: string[]) =>
  (): JWTVerifyOptions => ({
    algorithms,
    issuer,
    audience,
    clockTolerance: TOLERANCE_SECONDS,
    requiredClaims: ['exp'],
    currentDate: new Date(clock.now()),
  });

const bySecret = (text: string, options: () => JWTVerifyOptions): Check => {
  const secret = new TextEncoder().encode(text);
  return async (jwt) => (await jwtVerify(jwt, secret, options())).payload;
};

const byRemoteKeys =
  (keyFor: JWTVerifyGetKey, options: () => JWTVerifyOptions): Check =>
  async (jwt) => {
    try {
      return (await jwtVerify(jwt, keyFor, options())).payload;
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return byOneOf(error, jwt, options());
      throw error;
    }
  };

/**
 * RFC 7515 leaves `kid` optional: during a key rotation several keys may match a token without one. An unusable key,
 * such as one of 1024 bits, causes an error other than a JOSEError, which says nothing about the remaining keys.
 */
const byOneOf = async (
  keys: errors.JWKSMultipleMatchingKeys,
  jwt: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> => {
  let unusable: unknown;
  for await (const key of keys) {
    try {
      return (await jwtVerify(jwt, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) unusable ??= error;
      else if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw unusable ?? new errors.JWSSignatureVerificationFailed();
};

/** Names the actor in rows and logs. OpenID Connect allows 255 characters; PostgreSQL refuses NUL. */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;
/** For a token without a subject: RFC 7519 leaves `sub` optional. */
const UNNAMED = 'administrator';

/**
 * The first of these claims that is present counts, an array of tenant ids or a single one. A token without any is of
 * no use.
 */
export const TENANT_CLAIMS = ['tenants', 'management_company_ids', 'management_company_id'] as const;

const actorFrom = (payload: JWTPayload): Actor | undefined => {
  const claimed = TENANT_CLAIMS.map((name) => payload[name]).find(
    (value) => value !== undefined && value !== null,
  );
  const texts = Array.isArray(claimed) ? claimed : [claimed];
  const tenants = texts.flatMap((text): TenantId[] => {
    const tenant = typeof text === 'string' ? tenantId(text) : undefined;
    return tenant !== undefined && isRight(tenant) ? [tenant.right] : [];
  });
  const { sub: id = UNNAMED } = payload;
  if (typeof id !== 'string' || !SUBJECT.test(id)) return undefined;
  return { kind: 'administrator', id, tenants, scopes: 'all' };
};

const reasonOf = (error: unknown): CredentialRefused['reason'] => {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'wrong-issuer';
    if (error.claim === 'aud') return 'wrong-audience';
    return error.claim === 'nbf' ? 'not-yet-valid' : 'malformed';
  }
  if (NOT_BY_OUR_KEYS.some((kind) => error instanceof kind)) return 'bad-signature';
  // If the JWKS URL answers with something else, the error is a bare JOSEError.
  const blamesToken = error instanceof errors.JOSEError && !KEYS_UNAVAILABLE.has(error.code);
  return blamesToken ? 'malformed' : 'keys-unavailable';
};

const NOT_BY_OUR_KEYS = [
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JWKSNoMatchingKey,
] as const;
const KEYS_UNAVAILABLE: ReadonlySet<string> = new Set([
  errors.JOSEError.code,
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
]);
