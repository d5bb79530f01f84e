import type { Scope, TenantId } from '../shared/tenant-context.ts';

/** A credential of a sibling service. The token itself (`ist_…`) is shown once; only its SHA-256 is kept. */
export type ServiceToken = {
  readonly id: string;
  /** The tenant whose administrator issued it: it is listed and revoked there. */
  readonly tenantId: TenantId;
  readonly name: string;
  readonly tenants: readonly TenantId[];
  readonly scopes: readonly Scope[];
  /** Hex SHA-256 of the whole token. */
  readonly hash: string;
  /** Last four characters, for people. */
  readonly hint: string;
  /** Epoch milliseconds; undefined: no expiry. */
  readonly expiresAt: number | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly revokedAt: number | undefined;
};
