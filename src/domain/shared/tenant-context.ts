import { left, right, type Either } from './fp.ts';

declare const tenantBrand: unique symbol;
/** A management company's id. Made by `tenantId` only, so no unchecked string reaches a key, a row or a query. */
export type TenantId = string & { readonly [tenantBrand]: true };

export type TenantIdMalformed = { readonly kind: 'tenant-id-malformed' };

/** No colon, slash or control character: the id stands in cache keys and headers as it is. */
export const TENANT_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const tenantId = (text: string): Either<TenantIdMalformed, TenantId> =>
  TENANT_ID.test(text) ? right(text as TenantId) : left({ kind: 'tenant-id-malformed' });

/** What a credential may do. An administrator may do everything inside the tenants of its claim. */
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
  /** Epoch milliseconds at which a service token ends; missing: it does not, or the actor holds none. */
  readonly expiresAt?: number;
};

/** Who asks, for whom, and under which request id. Explicit first argument of every handler and repository. */
export type TenantContext = {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  /** The request id: in logs, audit rows and events. */
  readonly correlationId: string;
  /** W3C trace context as received, passed on to providers. */
  readonly traceparent?: string;
};
