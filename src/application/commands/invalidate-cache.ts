import type { CacheStore, InvalidationScope } from '../../domain/cache/cache-store.ts';
import { right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';

/** Purges what a service, an operation or a tag covers; an empty scope purges the whole tenant. */
export const invalidateCache =
  ({ cache }: { readonly cache: CacheStore }): Handler<InvalidationScope, void> =>
  async (ctx, scope) => {
    await cache.invalidate(ctx.tenantId, scope);
    return right(undefined);
  };
