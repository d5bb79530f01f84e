import type { ServiceToken } from '../../../domain/access/service-token.ts';
import type { Scope, TenantId } from '../../../domain/shared/tenant-context.ts';
import type { Tables } from '../orm/records.ts';

/** A row of `service_tokens` as `pg` reads it. */
export type TokenRow = Tables['service_tokens'];

/** Only `rowFromToken` writes them, so tenants and scopes are not checked again. */
export const tokenFromRow = (row: TokenRow): ServiceToken => ({
  id: row.id,
  tenantId: row.management_company_id as TenantId,
  name: row.name,
  tenants: row.tenants as TenantId[],
  scopes: row.scopes as Scope[],
  hash: row.token_hash,
  hint: row.token_hint,
  expiresAt: row.expires_at?.getTime(),
  createdAt: row.created_at.getTime(),
  createdBy: row.created_by,
  revokedAt: row.revoked_at?.getTime(),
});

export const rowFromToken = (token: ServiceToken): TokenRow => ({
  id: token.id,
  management_company_id: token.tenantId,
  name: token.name,
  tenants: [...token.tenants],
  scopes: [...token.scopes],
  token_hash: token.hash,
  token_hint: token.hint,
  expires_at: token.expiresAt === undefined ? null : new Date(token.expiresAt),
  created_at: new Date(token.createdAt),
  created_by: token.createdBy,
  revoked_at: token.revokedAt === undefined ? null : new Date(token.revokedAt),
});
