import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** Deliveries above the rate of their tenant, stored and waiting for their turn on the bus. */
export type DeliverySpool = {
  /** Whether others have waited for seconds, so that one more has to go behind them. May be a moment old. */
  readonly isBehind: (tenant: TenantId) => Promise<boolean>;
  /**
   * Whether one more of so many bytes may wait. May be a moment old. `paused`: its webhook, where it is held until that
   * is active again, with all that this one holds already.
   */
  readonly hasRoom: (tenant: TenantId, bytes: number, paused?: string) => Promise<boolean>;
};
