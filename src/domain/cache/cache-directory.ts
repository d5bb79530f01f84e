import type { Page, PageRequest } from '../shared/page.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { CacheEntry } from './cache-entry.ts';

export type CacheEntryListing = Omit<CacheEntry, 'value' | 'provider'> & {
  readonly provider: string;
  readonly hitCount: number;
  readonly cacheStatus: 'fresh' | 'stale';
};

/** What lies in the second tier, for people. Newest first. */
export type CacheDirectory = {
  readonly list: (
    tenant: TenantId,
    filter: { readonly serviceName?: string; readonly operation?: string },
    page: PageRequest,
  ) => Promise<Page<CacheEntryListing>>;
};
