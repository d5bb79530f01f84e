import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { StoreLimits } from '../../domain/cache/cache-store.ts';
import type { PurgeStamp } from '../../domain/cache/invalidation.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** The second tier as the tiered store sees it. It may reject: the store then goes on without it. */
export type CacheTier = {
  readonly find: (tenant: TenantId, key: string) => Promise<CacheEntry | undefined>;
  readonly keep: (tenant: TenantId, entry: CacheEntry) => Promise<void>;
  /** For some minutes afterwards, loads that began before `removedAt` and may still be under way are not stored. */
  readonly remove: (tenant: TenantId, key: string, removedAt: number) => Promise<boolean>;
  readonly purge: (tenant: TenantId, stamp: PurgeStamp) => Promise<void>;
  readonly stamps: (tenant: TenantId) => Promise<readonly PurgeStamp[]>;
  readonly count: (tenant: TenantId) => Promise<number>;
  /** Adds to the hit counts of entries, by key. */
  readonly addHits: (tenant: TenantId, hits: ReadonlyMap<string, number>) => Promise<void>;
};

/** What a first tier answers about a key. */
export type Glance = {
  readonly entry: CacheEntry | undefined;
  /** When the key was removed: nothing loaded before that may be served, whatever tier still holds it. */
  readonly removedAt?: number | undefined;
  /** Names the state of the tenant's purges that all replicas share; undefined where it is not shared. */
  readonly purges?: string | undefined;
};

/** A first tier answers at once from memory, or from elsewhere with a promise, which never rejects. */
export type FirstTier = {
  readonly find: (tenant: TenantId, key: string) => Glance | Promise<Glance>;
  /**
   * Keeps what was loaded. Of two loads of a key the newer stays; of two in the same millisecond, the one kept last.
   */
  readonly keep: (tenant: TenantId, entry: CacheEntry, limits: StoreLimits) => void | Promise<void>;
  /** Keeps an entry of the second tier, unless there is an entry here already or it was removed since. */
  readonly copy: (tenant: TenantId, entry: CacheEntry, l1Ms: number) => void | Promise<void>;
  readonly remove: (tenant: TenantId, key: string) => boolean | Promise<boolean>;
  /** Called with an entry that was found to be purged. */
  readonly drop: (tenant: TenantId, key: string) => void;
  readonly size: (tenant: TenantId) => number | Promise<number>;
  /**
   * Calls the listener when some of a tenant's removals up to that time failed and are too many to be repeated one by
   * one.
   */
  readonly onForgotten?: (listener: (tenant: TenantId, removedAt: number) => void) => void;
};

/** The purges of a tenant that all replicas share, and the mark that names this state of them. */
export type SharedStamps = { readonly mark: string; readonly stamps: readonly PurgeStamp[] };

/** Tells all replicas of purges at once. May reject: the second tier is the source of truth. */
export type SharedPurges = {
  /** Undefined when nothing was published yet, or the data were lost. */
  readonly load: (tenant: TenantId) => Promise<SharedStamps | undefined>;
  /** Adds these to the shared purges and answers with all of them; anything new changes the mark. */
  readonly publish: (tenant: TenantId, stamps: readonly PurgeStamp[]) => Promise<SharedStamps>;
};
