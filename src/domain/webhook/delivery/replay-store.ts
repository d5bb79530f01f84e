import type { Page, PageRequest } from '../../shared/page.ts';
import type { TenantId } from '../../shared/tenant-context.ts';
import type { DeliveryFilter } from './delivery-reader.ts';
import type { KeptState } from './received-delivery.ts';
import type { Replay } from './replay.ts';

export type ReplayPlan = {
  readonly id: string;
  readonly requestedBy: string;
  readonly reason: string | undefined;
  /** Epoch milliseconds. What arrives later is no part of it. */
  readonly at: number;
};

export type PlannedReplay =
  | { readonly kind: 'planned'; readonly replay: Replay }
  /** Nothing was planned: the filter matches too many, or the tenant has as many running as it may. */
  | { readonly kind: 'too-many' }
  | { readonly kind: 'too-many-running' };

export type ReplayedOne =
  | { readonly kind: 'replayed'; readonly replay: Replay; readonly eventId: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-replayable'; readonly state: KeptState };

/** Replays of a tenant. The tenant is always the first argument; another tenant's id finds nothing. */
export type ReplayStore = {
  /** Replayable deliveries of the filter that had arrived by `at`. */
  readonly count: (tenant: TenantId, filter: DeliveryFilter, at: number) => Promise<number>;
  /**
   * Fixes which deliveries the filter matches now, to be sent at that rate, oldest first. A replay of none is done at
   * once.
   */
  readonly plan: (
    tenant: TenantId,
    filter: DeliveryFilter,
    ratePerSecond: number,
    plan: ReplayPlan,
  ) => Promise<PlannedReplay>;
  /** Sends one delivery with the commit. */
  readonly one: (tenant: TenantId, deliveryId: string, plan: ReplayPlan) => Promise<ReplayedOne>;
  readonly list: (tenant: TenantId, page: PageRequest) => Promise<Page<Replay>>;
  readonly byId: (tenant: TenantId, id: string) => Promise<Replay | undefined>;
  /** Nothing goes out after it resolved. One that was over stays as it was. */
  readonly cancel: (tenant: TenantId, id: string, at: number) => Promise<Replay | undefined>;
};
