import type { Application } from '../../application/application.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isRight } from '../../domain/shared/fp.ts';
import type { TenantContext, TenantId } from '../../domain/shared/tenant-context.ts';

/** Milliseconds. A tenant that loses its last service is refused this much later. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;

/**
 * Whether a tenant has services in this installation. Only a yes is cached, so that a first service takes effect at
 * once.
 */
export const knownTenants = (
  { queries }: Pick<Application, 'queries'>,
  clock: Pick<Clock, 'monotonic'>,
): ((ctx: TenantContext) => Promise<boolean>) => {
  const seenAt = new Map<TenantId, number>();
  return async (ctx) => {
    const now = clock.monotonic();
    const seen = seenAt.get(ctx.tenantId);
    if (seen !== undefined && now - seen < REMEMBERED_MS) return true;
    const services = await queries.listServices(ctx, { filter: {}, page: { limit: 1 } });
    const isKnown = isRight(services) && services.right.items.length > 0;
    if (seenAt.size >= MOST_REMEMBERED) seenAt.clear();
    if (isKnown) seenAt.set(ctx.tenantId, now);
    return isKnown;
  };
};
