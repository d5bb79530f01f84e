import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { ExternalService, HealthStatus, ServiceType } from './external-service.ts';

export type ServiceFilter = {
  readonly serviceType?: ServiceType;
  readonly isActive?: boolean;
  readonly healthStatus?: HealthStatus;
};

/**
 * The read side. The tenant is always the first argument; ids of other tenants find nothing. Rejects when the database
 * is unavailable, except `activeOf` while it has a snapshot.
 */
export type ExternalServiceReader = {
  readonly byId: (tenant: TenantId, id: string) => Promise<ExternalService | undefined>;
  /** Finds a service by its present name. */
  readonly byName: (tenant: TenantId, serviceName: string) => Promise<ExternalService | undefined>;
  /** Newest first, by (created_at, id). */
  readonly list: (
    tenant: TenantId,
    filter: ServiceFilter,
    page: PageRequest,
  ) => Promise<Page<ExternalService>>;
  /**
   * All active services of a type, highest priority first, each with its fallback resolved to the next active link of
   * the chain. Served from a snapshot that is at most one second old, or from the last one while the store is
   * unavailable.
   */
  readonly activeOf: (tenant: TenantId, type: ServiceType) => Promise<readonly ExternalService[]>;
};

/** The write side, only inside a unit of work. A refused write leaves the transaction usable. */
export type ExternalServiceRepository = {
  readonly byId: (id: string) => Promise<ExternalService | undefined>;
  /** Other transactions of the tenant that count wait until this one ends, so the number cannot be outrun. */
  readonly count: () => Promise<number>;
  /**
   * Every service of the tenant, for the detection of fallback cycles. Locks the rows until the transaction ends:
   * otherwise two concurrent changes could each be without a cycle and create one together.
   */
  readonly all: () => Promise<readonly ExternalService[]>;
  readonly add: (service: ExternalService) => Promise<'added' | 'name-taken'>;
  /**
   * Writes everything except health, which only `changeHealth` changes. The caller increments `version`. Optimistic
   * locking: `version-changed` when the row is gone or no longer at `expectedVersion`.
   */
  readonly update: (
    service: ExternalService,
    expectedVersion: number,
  ) => Promise<'updated' | 'name-taken' | 'version-changed'>;
  /** `referenced`: another service uses it as fallback, or a webhook names it as its source. */
  readonly remove: (
    id: string,
    expectedVersion: number,
  ) => Promise<'removed' | 'version-changed' | 'referenced'>;
  /**
   * Changes health only, without changing `version`, because a probe must not invalidate an administrator's ETag.
   * Compare-and-set: false when the row is no longer at `from`, since another replica was first. `from === to` records
   * a check. `refusedVersion` is kept until the service is healthy.
   */
  readonly changeHealth: (
    id: string,
    from: HealthStatus,
    to: HealthStatus,
    checkedAt: number,
    refusedVersion?: number,
  ) => Promise<boolean>;
};
