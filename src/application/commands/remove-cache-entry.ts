import type { CacheStore } from '../../domain/cache/cache-store.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import { notFound, type NotFound } from '../not-found.ts';

/** Forgets one cached answer in every tier. */
export const removeCacheEntry =
  ({ cache }: { readonly cache: CacheStore }): Handler<{ readonly key: string }, void, NotFound> =>
  async (ctx, { key }) =>
    (await cache.remove(ctx.tenantId, key)) ? right(undefined) : left(notFound('cache-entry'));
