import type { Page, PageRequest } from '../../shared/page.ts';
import type { TenantId } from '../../shared/tenant-context.ts';
import type { DeliveryFilter } from './delivery-reader.ts';
import type { KeptState } from './received-delivery.ts';
import type { Replay } from './replay.ts';

export type ReplayPlan = {
  readonly id: string;
  readonly requestedBy: string;
  readonly reason: string | undefined;
  /** Epoch milliseconds. Deliveries that arrive later are not included. */
  readonly at: number;
};

export type PlannedReplay =
  | { readonly kind: 'planned'; readonly replay: Replay }
  /** Nothing was planned: the filter matches too many deliveries, or the tenant has too many replays running. */
  | { readonly kind: 'too-many' }
  | { readonly kind: 'too-many-running' };

export type ReplayedOne =
  | { readonly kind: 'replayed'; readonly replay: Replay; readonly eventId: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-replayable'; readonly state: KeptState };

/**
 * Replays of a tenant, which is always the first argument; ids of other tenants find nothing. Rejects when the database
 * is unavailable.
 */
export type ReplayStore = {
  /** Number of replayable deliveries that match the filter and had arrived by `at`. */
  readonly count: (tenant: TenantId, filter: DeliveryFilter, at: number) => Promise<number>;
  /**
   * Atomically fixes the set of deliveries that match now, to be sent at that rate, oldest first. A replay of an empty
   * set is done at once.
   */
  readonly plan: (
    tenant: TenantId,
    filter: DeliveryFilter,
    ratePerSecond: number,
    plan: ReplayPlan,
  ) => Promise<PlannedReplay>;
  /** Writes the event for one delivery to the outbox in the same commit. */
  readonly one: (tenant: TenantId, deliveryId: string, plan: ReplayPlan) => Promise<ReplayedOne>;
  readonly list: (tenant: TenantId, page: PageRequest) => Promise<Page<Replay>>;
  readonly byId: (tenant: TenantId, id: string) => Promise<Replay | undefined>;
  /** Nothing is sent after it resolves. A finished replay is left unchanged. */
  readonly cancel: (tenant: TenantId, id: string, at: number) => Promise<Replay | undefined>;
};
