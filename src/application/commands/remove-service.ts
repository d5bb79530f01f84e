import type { CacheStore } from '../../domain/cache/cache-store.ts';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import { isRight, left, right } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import { notFound, type NotFound } from '../not-found.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { isExpected, versionChanged, type ExpectedVersion, type VersionChanged } from '../version-changed.ts';

export type RemoveService = { readonly id: string; readonly expectedVersion: ExpectedVersion };
/** Another service uses it as fallback, or a webhook refers to it. */
export type Referenced = { readonly kind: 'referenced' };
export type RemoveServiceFailure = NotFound | VersionChanged | Referenced;

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly cache: Pick<CacheStore, 'invalidate'>;
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
  readonly sleep: Sleep;
  /** Milliseconds after which no process starts a call with this service any more. */
  readonly knownForMs: number;
  /** Longest duration in milliseconds of a call that may still use it. */
  readonly longestCallMs: number;
  /** The service is removed, but copies of its answers may be served until the first tier drops them. */
  readonly onNotPurged: (error: unknown, ctx: TenantContext) => void;
};

/** Removes a service with its secrets and cached answers. Its audit rows stay. */
export const removeService =
  (deps: Deps): TransactionalHandler<RemoveService, void, RemoveServiceFailure> =>
  async (ctx, { id, expectedVersion }, once) => {
    const { unitOfWork, servicesChanged } = deps;
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
    if (isRight(outcome) && name !== undefined) {
      // The transaction deleted the rows of its cached answers. First tiers still hold copies, and loads in progress
      // may add more.
      await purged(deps, ctx, [id, name]);
      // Runs in the background: the caller is not kept waiting, and it never rejects.
      void purgedAgain(deps, ctx, id);
    }
    return outcome;
  };

/**
 * By id, which covers everything it has loaded, also under earlier names; and by name, for entries of an older version
 * of this program. A failure after the commit is reported but does not fail the command: the service is gone, and a
 * repeat would get 404.
 */
const purged = async (
  { cache, onNotPurged }: Deps,
  ctx: TenantContext,
  names: readonly string[],
): Promise<void> => {
  try {
    for (const serviceName of names) await cache.invalidate(ctx.tenantId, { serviceName });
  } catch (error) {
    onNotPurged(error, ctx);
  }
};

/**
 * Replicas that do not know of the removal yet, and calls that began before it, may still load answers. These are dated
 * after the first purge and would otherwise be served for as long as a first tier keeps them.
 */
const purgedAgain = async (deps: Deps, ctx: TenantContext, id: string): Promise<void> => {
  for (const ms of [deps.knownForMs, deps.longestCallMs]) {
    await deps.sleep(ms);
    await purged(deps, ctx, [id]);
  }
};
