import type { CacheDirectory, CacheEntryListing } from '../../domain/cache/cache-directory.ts';
import type { CacheStats, CacheStore } from '../../domain/cache/cache-store.ts';
import { right } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { Handler } from '../handler.ts';

type List = { readonly serviceName?: string; readonly operation?: string; readonly page: PageRequest };

/** Number of entries in each tier, with hits and misses since this process started. */
export const cacheStats =
  ({ cache }: { readonly cache: CacheStore }): Handler<Record<string, never>, CacheStats> =>
  async (ctx) =>
    right(await cache.stats(ctx.tenantId));

/** Entries of the second tier, newest first. */
export const listCacheEntries =
  ({ directory }: { readonly directory: CacheDirectory }): Handler<List, Page<CacheEntryListing>> =>
  async (ctx, { page, ...filter }) =>
    right(await directory.list(ctx.tenantId, filter, page));
