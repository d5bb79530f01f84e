import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { AdministratorVerifier, CredentialRefused } from '../../domain/access/credential.ts';
import { isRight, left, right, type Either } from '../../domain/shared/fp.ts';
import { tenantId, type Actor, type TenantId } from '../../domain/shared/tenant-context.ts';
import type { Clock } from '../../domain/shared/clock.ts';

export type JwtSettings = {
  /** HS256 with a shared secret, or RS256/ES256 with keys from a JWKS address. Never both: that is how keys get confused. */
  readonly keys: { readonly secret: string } | { readonly jwksUrl: string };
  readonly issuer: string;
  readonly audience: string;
};

/** Clocks of other machines may differ by so much. */
const TOLERANCE_SECONDS = 5;
const MOST_REMEMBERED = 1_000;

const refused = (reason: CredentialRefused['reason']): Either<CredentialRefused, never> =>
  left({ kind: 'credential-refused', reason });

type Verified = { readonly actor: Actor; readonly expiresAtMs: number };

/**
 * Administrators' JWTs through jose. The algorithm list is ours, so `alg: none` and an HMAC made with a
 * public key are refused. A verified token is remembered until it expires: the signature cannot change.
 */
export const joseAdministratorVerifier = (
  { keys, issuer, audience }: JwtSettings,
  clock: Clock,
): AdministratorVerifier => {
  const remembered = new LRUCache<string, Verified>({ max: MOST_REMEMBERED });
  const secret = 'secret' in keys ? new TextEncoder().encode(keys.secret) : undefined;
  const jwks: JWTVerifyGetKey | undefined =
    'jwksUrl' in keys ? createRemoteJWKSet(new URL(keys.jwksUrl), { timeoutDuration: 3_000 }) : undefined;
  const algorithms = secret === undefined ? ['RS256', 'ES256'] : ['HS256'];

  const checked = async (jwt: string): Promise<JWTPayload> => {
    const options = {
      algorithms,
      issuer,
      audience,
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(clock.now()),
    };
    if (secret !== undefined) return (await jwtVerify(jwt, secret, options)).payload;
    if (jwks === undefined) throw new errors.JWKSInvalid('no keys');
    return (await jwtVerify(jwt, jwks, options)).payload;
  };

  return {
    verify: async (jwt) => {
      const known = remembered.get(jwt);
      if (known !== undefined)
        return known.expiresAtMs > clock.now() ? right(known.actor) : refused('expired');
      try {
        const payload = await checked(jwt);
        const actor = actorFrom(payload);
        if (actor === undefined) return refused('malformed');
        remembered.set(jwt, { actor, expiresAtMs: ((payload.exp ?? 0) + TOLERANCE_SECONDS) * 1000 });
        return right(actor);
      } catch (error) {
        return refused(reasonOf(error));
      }
    },
  };
};

/** `tenants`: array of tenant ids, or one in `management_company_id`. Without either the token opens nothing. */
const actorFrom = (payload: JWTPayload): Actor | undefined => {
  const claimed = payload['tenants'] ?? payload['management_company_ids'] ?? payload['management_company_id'];
  const texts = Array.isArray(claimed) ? claimed : [claimed];
  const tenants = texts.flatMap((text): TenantId[] => {
    const tenant = typeof text === 'string' ? tenantId(text) : undefined;
    return tenant !== undefined && isRight(tenant) ? [tenant.right] : [];
  });
  if (typeof payload.sub !== 'string' || payload.sub === '') return undefined;
  return { kind: 'administrator', id: payload.sub, tenants, scopes: 'all' };
};

const reasonOf = (error: unknown): CredentialRefused['reason'] => {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'wrong-issuer';
    if (error.claim === 'aud') return 'wrong-audience';
    return error.claim === 'nbf' ? 'not-yet-valid' : 'malformed';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed)
    return 'bad-signature';
  if (error instanceof errors.JWKSTimeout || error instanceof TypeError) return 'keys-unavailable';
  return error instanceof errors.JOSEError ? 'malformed' : 'keys-unavailable';
};
