import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { ServiceToken } from './service-token.ts';

/** Looked up by hash before a tenant is known: the one read without a tenant, through a database role of its own. */
export type ServiceTokenFinder = { readonly byHash: (hash: string) => Promise<ServiceToken | undefined> };

/** Reading side: what a tenant's administrators issued, revoked ones included. Another tenant's id finds nothing. */
export type ServiceTokenReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<ServiceToken | undefined>;
  /** Newest first, by (createdAt, id). */
  readonly list: (tenant: TenantId, page: PageRequest) => Promise<Page<ServiceToken>>;
};

/** Writing side, only inside a unit of work. */
export type ServiceTokenRepository = {
  readonly add: (token: ServiceToken) => Promise<void>;
  /** How many are neither revoked nor over at that time. */
  readonly countUsable: (at: number) => Promise<number>;
  /** False when there is no such token or it is revoked already. */
  readonly revoke: (id: string, at: number) => Promise<boolean>;
};
