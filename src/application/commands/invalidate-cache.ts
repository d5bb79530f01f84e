import type { CacheStore, InvalidationScope } from '../../domain/cache/cache-store.ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';

type Deps = {
  readonly cache: Pick<CacheStore, 'invalidate'>;
  readonly services: Pick<ExternalServiceReader, 'byName'>;
};

/**
 * Purges the cached answers of a service, an operation or a tag; an empty scope purges the whole tenant. For a service
 * this includes answers loaded while it had another name.
 */
export const invalidateCache =
  ({ cache, services }: Deps): Handler<InvalidationScope, void> =>
  async (ctx, scope) => {
    // First, because this takes effect here at once even if the database is unavailable.
    await cache.invalidate(ctx.tenantId, scope);
    if (scope.serviceName === undefined) return right(undefined);
    const service = await services.byName(ctx.tenantId, scope.serviceName);
    if (service !== undefined) await cache.invalidate(ctx.tenantId, { ...scope, serviceName: service.id });
    return right(undefined);
  };
