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
/** Another service falls back to it, or a webhook belongs to it. */
export type Referenced = { readonly kind: 'referenced' };
export type RemoveServiceFailure = NotFound | VersionChanged | Referenced;

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly cache: Pick<CacheStore, 'invalidate'>;
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
  readonly sleep: Sleep;
  /** Milliseconds after which no call begins with it any more, in any process. */
  readonly knownForMs: number;
  /** Milliseconds that a call may take which began with it, and asks it last. */
  readonly longestCallMs: number;
  /** The service is removed, but copies of its answers may be served until they leave the first tier. */
  readonly onNotPurged: (error: unknown, ctx: TenantContext) => void;
};

/** Removes a service, its secrets and its cached answers. Its trail stays. */
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
      // The rows of its cached answers went with it. First tiers still hold copies, and a load that it was asked for
      // may be on its way there.
      await purged(deps, ctx, [id, name]);
      // Nobody is kept waiting for these, and they reject never.
      void purgedAgain(deps, ctx, id);
    }
    return outcome;
  };

/**
 * By its id all that it has loaded, also under earlier names; by its name what an older version of this program stored.
 * When the database went away since the commit, it is removed all the same: to be told that nothing was done would be
 * untrue, and a repeat is 404.
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
 * Replicas that have not heard of its end, and calls that began before it, still ask it. What they then find is dated
 * after the first purge, and would be served for as long as a first tier keeps it.
 */
const purgedAgain = async (deps: Deps, ctx: TenantContext, id: string): Promise<void> => {
  for (const ms of [deps.knownForMs, deps.longestCallMs]) {
    await deps.sleep(ms);
    await purged(deps, ctx, [id]);
  }
};
