import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { CacheEntry } from './cache-entry.ts';

export type CacheEntryListing = Omit<CacheEntry, 'value' | 'provider'> & {
  readonly provider: string;
  readonly hitCount: number;
  readonly cacheStatus: 'fresh' | 'stale';
};

/**
 * Lists the entries of the second tier (PostgreSQL) for administration, newest first. Rejects when the database is
 * unavailable.
 */
export type CacheDirectory = {
  readonly list: (
    tenant: TenantId,
    filter: { readonly serviceName?: string; readonly operation?: string },
    page: PageRequest,
  ) => Promise<Page<CacheEntryListing>>;
};
