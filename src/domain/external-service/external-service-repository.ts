import type { TenantId } from '../shared/tenant-context.ts';
import type { ExternalService, HealthStatus, ServiceType } from './external-service.ts';

export type ServiceFilter = {
  readonly serviceType?: ServiceType;
  readonly isActive?: boolean;
  readonly healthStatus?: HealthStatus;
};
export type PageRequest = { readonly limit: number; readonly after?: string };
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | undefined };

/** Reading side. The tenant is always the first argument; another tenant's id finds nothing. */
export type ExternalServiceReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<ExternalService | undefined>;
  /** Newest first, by (created_at, id). */
  readonly list: (
    tenant: TenantId,
    filter: ServiceFilter,
    page: PageRequest,
  ) => Promise<Page<ExternalService>>;
  /** All active services of a type, highest priority first; served from a snapshot at most one second old. */
  readonly activeOf: (tenant: TenantId, type: ServiceType) => Promise<readonly ExternalService[]>;
};

/** Writing side, only inside a unit of work. */
export type ExternalServiceRepository = {
  readonly byId: (id: string) => Promise<ExternalService | undefined>;
  readonly byName: (serviceName: string) => Promise<ExternalService | undefined>;
  /** Every service of the tenant: fallback circles are looked for among them. */
  readonly all: () => Promise<readonly ExternalService[]>;
  readonly add: (service: ExternalService) => Promise<void>;
  /** False when the row is no longer at `expectedVersion`: somebody else was first. */
  readonly update: (service: ExternalService, expectedVersion: number) => Promise<boolean>;
  readonly remove: (id: string, expectedVersion: number) => Promise<boolean>;
  /** Health alone, without touching `version`: a probe must not invalidate an administrator's ETag. */
  readonly setHealth: (id: string, status: HealthStatus, checkedAt: number) => Promise<void>;
};
