import { left, right, type Either } from './fp.ts';

declare const tenantBrand: unique symbol;
/**
 * Id of a management company. Created only by `tenantId()`, so that no unchecked string reaches a key, row or query.
 */
export type TenantId = string & { readonly [tenantBrand]: true };

export type TenantIdMalformed = { readonly kind: 'tenant-id-malformed' };

/** No colon, slash or control character, because the id is used unescaped in cache keys and headers. */
export const TENANT_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const tenantId = (text: string): Either<TenantIdMalformed, TenantId> =>
  TENANT_ID.test(text) ? right(text as TenantId) : left({ kind: 'tenant-id-malformed' });

/** Permissions of a credential. An administrator has all of them inside the tenants of its claim. */
export const scopes = [
  'geocoding',
  'sheets',
  'webhooks:read',
  'webhooks:manage',
  'services:read',
  'services:manage',
  'logs:read',
  'cache:manage',
  'tokens:manage',
] as const;
export type Scope = (typeof scopes)[number];

export type Actor = {
  readonly kind: 'service-token' | 'administrator' | 'system';
  /** Token id or JWT subject: safe to store and to log. */
  readonly id: string;
  readonly tenants: readonly TenantId[] | 'all';
  readonly scopes: readonly Scope[] | 'all';
  /** Expiry of a service token in epoch milliseconds; absent when it does not expire, or the actor has no token. */
  readonly expiresAt?: number;
};

/**
 * Tenant, caller and request id. Explicit first argument of every handler and repository; there is no ambient context.
 */
export type TenantContext = {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  /** The request id, used in logs, audit rows and events. */
  readonly correlationId: string;
  /** W3C trace context as received, propagated to providers. */
  readonly traceparent?: string;
};
