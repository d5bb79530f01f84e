import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { StoreLimits } from '../../domain/cache/cache-store.ts';
import type { PurgeStamp } from '../../domain/cache/invalidation.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** A second tier as the tiered store sees it. May reject: the store goes on without it. */
export type CacheTier = {
  readonly find: (tenant: TenantId, key: string) => Promise<CacheEntry | undefined>;
  readonly keep: (tenant: TenantId, entry: CacheEntry) => Promise<void>;
  /** Loads from before `removedAt`, which may be on their way, are not kept any more for some minutes. */
  readonly remove: (tenant: TenantId, key: string, removedAt: number) => Promise<boolean>;
  readonly purge: (tenant: TenantId, stamp: PurgeStamp) => Promise<void>;
  readonly stamps: (tenant: TenantId) => Promise<readonly PurgeStamp[]>;
  readonly count: (tenant: TenantId) => Promise<number>;
  /** Adds to the hit counts of entries, by key. */
  readonly addHits: (tenant: TenantId, hits: ReadonlyMap<string, number>) => Promise<void>;
};

/** What a first tier has to say about a key. */
export type Glance = {
  readonly entry: CacheEntry | undefined;
  /** The key was removed then: what was loaded before is not to be served, whatever tier still has it. */
  readonly removedAt?: number | undefined;
  /** Names the state of the tenant's purges as all replicas share it; undefined when nobody shares it. */
  readonly purges?: string | undefined;
};

/** A first tier: answers at once from memory, or with a promise from elsewhere, which never rejects. */
export type FirstTier = {
  readonly find: (tenant: TenantId, key: string) => Glance | Promise<Glance>;
  /** Keeps what was loaded. Of two loads of a key the newer stays; of two in one millisecond the later. */
  readonly keep: (tenant: TenantId, entry: CacheEntry, limits: StoreLimits) => void | Promise<void>;
  /** Keeps what the second tier had, unless there is an entry here already, or it was removed since. */
  readonly copy: (tenant: TenantId, entry: CacheEntry, l1Ms: number) => void | Promise<void>;
  readonly remove: (tenant: TenantId, key: string) => boolean | Promise<boolean>;
  /** The entry was found to be purged. */
  readonly drop: (tenant: TenantId, key: string) => void;
  readonly size: (tenant: TenantId) => number | Promise<number>;
  /**
   * Calls the listener with a tenant, some of whose removals up to that time could not be carried out and are too many
   * to be made up for one by one.
   */
  readonly onForgotten?: (listener: (tenant: TenantId, removedAt: number) => void) => void;
};

/** Purges of a tenant as all replicas share them, and what names this state of them. */
export type SharedStamps = { readonly mark: string; readonly stamps: readonly PurgeStamp[] };

/** Tells the replicas of purges at once. May reject: the second tier holds the truth. */
export type SharedPurges = {
  /** Undefined when nobody has told it anything yet, or it has forgotten. */
  readonly load: (tenant: TenantId) => Promise<SharedStamps | undefined>;
  /** Adds these to what is there and answers with all of them; a new one changes the mark. */
  readonly publish: (tenant: TenantId, stamps: readonly PurgeStamp[]) => Promise<SharedStamps>;
};
