import { SignJWT } from 'jose';
import type { JwtSettings } from './jose-administrator-verifier.ts';

export type AdministratorGrant = {
  readonly subject: string;
  readonly tenants: readonly string[];
  readonly lifetimeSeconds: number;
};

/** Signs an administrator's JWT with the shared secret. With a JWKS, only the identity provider signs. */
export const signAdministratorToken = async (
  { keys, issuer, audience }: JwtSettings,
  grant: AdministratorGrant,
  nowMs: number,
): Promise<string> => {
  if (!('secret' in keys))
    throw new Error('JWT_JWKS_URL is set: administrator tokens come from your identity provider');
  const now = Math.floor(nowMs / 1000);
  return new SignJWT({ tenants: [...grant.tenants] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(grant.subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + grant.lifetimeSeconds)
    .sign(new TextEncoder().encode(keys.secret));
};
