import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** Deliveries above their tenant's rate: stored in the database and published later, oldest first. */
export type DeliverySpool = {
  /**
   * True when deliveries of the tenant have waited for seconds, so that a new one must queue behind them. May be
   * slightly outdated. Rejects when the database is unavailable.
   */
  readonly isBehind: (tenant: TenantId) => Promise<boolean>;
  /**
   * True when one more delivery of so many bytes may wait. May be slightly outdated. `paused`: id of the paused webhook
   * it is for, whose held deliveries then count too. Rejects when the database is unavailable.
   */
  readonly hasRoom: (tenant: TenantId, bytes: number, paused?: string) => Promise<boolean>;
};
