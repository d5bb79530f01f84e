import { hash } from 'node:crypto';
import type { Actor, Scope, TenantId } from '../shared/tenant-context.ts';

/** A credential of a calling service. The token itself (`ist_…`) is shown once; only its SHA-256 is stored. */
export type ServiceToken = {
  readonly id: string;
  /** The tenant whose administrator issued the token, and where it is listed and revoked. */
  readonly tenantId: TenantId;
  readonly name: string;
  readonly tenants: readonly TenantId[];
  readonly scopes: readonly Scope[];
  /** Hex SHA-256 of the whole token. */
  readonly hash: string;
  /** Last four characters, for display. */
  readonly hint: string;
  /** Epoch milliseconds; undefined: no expiry. */
  readonly expiresAt: number | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly revokedAt: number | undefined;
};

/** `ist_` followed by 32 random bytes in base64url. */
const SERVICE_TOKEN = /^ist_[A-Za-z0-9_-]{43}$/;

export const looksLikeServiceToken = (credential: string): boolean => SERVICE_TOKEN.test(credential);

export const serviceTokenHash = (token: string): string => hash('sha256', token, 'hex');

/** Why a known token is no longer valid; undefined when it is. */
export const tokenRefusal = (token: ServiceToken, now: number): 'revoked' | 'expired' | undefined => {
  if (token.revokedAt !== undefined) return 'revoked';
  return token.expiresAt !== undefined && token.expiresAt <= now ? 'expired' : undefined;
};

export const actorOf = (token: ServiceToken): Actor => ({
  kind: 'service-token',
  id: token.id,
  tenants: token.tenants,
  scopes: token.scopes,
  ...(token.expiresAt !== undefined && { expiresAt: token.expiresAt }),
});
