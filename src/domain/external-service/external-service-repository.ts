import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { ExternalService, HealthStatus, ServiceType } from './external-service.ts';

export type ServiceFilter = {
  readonly serviceType?: ServiceType;
  readonly isActive?: boolean;
  readonly healthStatus?: HealthStatus;
};

/** Reading side. The tenant is always the first argument; another tenant's id finds nothing. */
export type ExternalServiceReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<ExternalService | undefined>;
  /** Whose name it is now. */
  readonly byName: (tenant: TenantId, serviceName: string) => Promise<ExternalService | undefined>;
  /** Newest first, by (created_at, id). */
  readonly list: (
    tenant: TenantId,
    filter: ServiceFilter,
    page: PageRequest,
  ) => Promise<Page<ExternalService>>;
  /**
   * All active services of a type, highest priority first, each with the next active one of its chain for a fallback;
   * served from a snapshot at most one second old, or from the last one while the store is away.
   */
  readonly activeOf: (tenant: TenantId, type: ServiceType) => Promise<readonly ExternalService[]>;
};

/** Writing side, only inside a unit of work. A refusal leaves the transaction usable. */
export type ExternalServiceRepository = {
  readonly byId: (id: string) => Promise<ExternalService | undefined>;
  /**
   * Every service of the tenant, where fallback circles are looked for. Locks the rows until the transaction
   * ends: two changes at once could each be without a circle and close one together.
   */
  readonly all: () => Promise<readonly ExternalService[]>;
  readonly add: (service: ExternalService) => Promise<'added' | 'name-taken'>;
  /**
   * Writes everything but health, which only `changeHealth` changes. The caller raises `version`;
   * `version-changed` when the row is gone or no longer at `expectedVersion`: somebody else was first.
   */
  readonly update: (
    service: ExternalService,
    expectedVersion: number,
  ) => Promise<'updated' | 'name-taken' | 'version-changed'>;
  /** `referenced`: another service falls back to it, or a webhook names it as its source. */
  readonly remove: (
    id: string,
    expectedVersion: number,
  ) => Promise<'removed' | 'version-changed' | 'referenced'>;
  /**
   * Health alone, without touching `version`: a probe must not invalidate an administrator's ETag. False
   * when the row no longer stands at `from`: another replica was first. `from === to` notes the check.
   * `refusedVersion` is kept until the service is healthy.
   */
  readonly changeHealth: (
    id: string,
    from: HealthStatus,
    to: HealthStatus,
    checkedAt: number,
    refusedVersion?: number,
  ) => Promise<boolean>;
};
