import type { CacheStore } from '../../domain/cache/cache-store.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { isRight, left, right } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { isExpected, versionChanged, type ExpectedVersion, type VersionChanged } from '../version-changed.ts';

export type RemoveService = { readonly id: string; readonly expectedVersion: ExpectedVersion };
/** Another service falls back to it, or a webhook belongs to it. */
export type Referenced = { readonly kind: 'referenced' };
export type RemoveServiceFailure = NotFound | VersionChanged | Referenced;

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly cache: Pick<CacheStore, 'invalidate'>;
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
  /** The service is removed, but copies of its answers may be served until they leave the first tier. */
  readonly onNotPurged: (error: unknown, ctx: TenantContext) => void;
};

/** Removes a service, its secrets and its cached answers. Its trail stays. */
export const removeService =
  ({
    unitOfWork,
    cache,
    servicesChanged,
    onNotPurged,
  }: Deps): TransactionalHandler<RemoveService, void, RemoveServiceFailure> =>
  async (ctx, { id, expectedVersion }, once) => {
    let name: string | undefined;
    const outcome = await onceInTransaction<RemoveServiceFailure, void>(unitOfWork, ctx, once, async (tx) => {
      const current = await tx.services.byId(id);
      if (current === undefined) return left(notFound('service'));
      name = current.serviceName;
      const changed = versionChanged(current.version);
      if (!isExpected(current, expectedVersion)) return left(changed);
      const result = await tx.services.remove(id, current.version);
      if (result === 'removed') return right(undefined);
      return left(result === 'referenced' ? { kind: 'referenced' } : changed);
    });
    servicesChanged(ctx.tenantId);
    // The rows of its cached answers went with it. First tiers still hold copies, and a load that it was asked for may
    // be on its way there.
    if (isRight(outcome) && name !== undefined)
      await purged(cache, ctx, [id, name])
        // The database went away since the commit. To be told that nothing was done would be untrue,
        // and a repeat is 404.
        .catch((error: unknown) => onNotPurged(error, ctx));
    return outcome;
  };

/**
 * By its id all that it has loaded, also under earlier names; by its name what an older version of this program stored.
 */
const purged = async (
  cache: Deps['cache'],
  { tenantId }: TenantContext,
  names: readonly string[],
): Promise<void> => {
  for (const serviceName of names) await cache.invalidate(tenantId, { serviceName });
};
