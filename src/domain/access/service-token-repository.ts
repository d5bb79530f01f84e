import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { ServiceToken } from './service-token.ts';

/**
 * Lookup by hash, before the tenant is known. This is the one read without a tenant, and uses a database role of its
 * own. Rejects when the database is unavailable and the token is not in the snapshot.
 */
export type ServiceTokenFinder = { readonly byHash: (hash: string) => Promise<ServiceToken | undefined> };

/**
 * The read side: tokens issued by the tenant's administrators, revoked ones included. Ids of other tenants find
 * nothing.
 */
export type ServiceTokenReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<ServiceToken | undefined>;
  /** Newest first, by (createdAt, id). */
  readonly list: (tenant: TenantId, page: PageRequest) => Promise<Page<ServiceToken>>;
};

/** The write side, only inside a unit of work. */
export type ServiceTokenRepository = {
  readonly add: (token: ServiceToken) => Promise<void>;
  /**
   * Number of tokens that are neither revoked nor expired at `at` (epoch milliseconds). Other transactions of the tenant
   * that count wait until this one ends.
   */
  readonly countUsable: (at: number) => Promise<number>;
  /** False when there is no such token or it is revoked already. */
  readonly revoke: (id: string, at: number) => Promise<boolean>;
};
