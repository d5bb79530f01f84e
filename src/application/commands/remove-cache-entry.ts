import { isCacheKeyOf } from '../../domain/cache/cache-key.ts';
import type { CacheStore } from '../../domain/cache/cache-store.ts';
import { left, right } from '../../domain/shared/fp.ts';
import { notFound, type NotFound } from '../not-found.ts';
import type { KeyedHandler } from '../once-only.ts';

/**
 * Removes one cached answer from every tier. For a takeover, an entry that is absent counts as removed by the earlier
 * try.
 */
export const removeCacheEntry =
  ({
    cache,
  }: {
    readonly cache: Pick<CacheStore, 'remove'>;
  }): KeyedHandler<{ readonly key: string }, void, NotFound> =>
  async (ctx, { key }, keyed) => {
    if (!isCacheKeyOf(ctx.tenantId, key)) return left(notFound('cache-entry'));
    const isGone = (await cache.remove(ctx.tenantId, key)) || keyed?.isTakeover === true;
    return isGone ? right(undefined) : left(notFound('cache-entry'));
  };
